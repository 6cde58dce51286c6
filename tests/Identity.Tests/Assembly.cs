using Chat.Identity.Tests;

[assembly: AssemblyFixture(typeof(IdentityStores))]

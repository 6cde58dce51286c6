using Chat.EndToEnd.Tests;
using Chat.EndToEnd.Tests.Browsers;

[assembly: AssemblyFixture(typeof(Door))]
[assembly: AssemblyFixture(typeof(Chromium))]

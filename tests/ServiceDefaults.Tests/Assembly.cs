global using TestStores = Chat.Stores.Stores;

[assembly: AssemblyFixture(typeof(TestStores))]

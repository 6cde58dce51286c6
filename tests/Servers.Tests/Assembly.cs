global using System.Net;
global using System.Net.Http.Json;
global using System.Text.Json;
global using Chat.Stores;
global using TestStores = Chat.Stores.Stores;
using Chat.Servers.Tests;

[assembly: AssemblyFixture(typeof(ServersFixture))]

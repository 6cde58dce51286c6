namespace Chat.Hosting.Tests;

public sealed class SmokeTests
{
    [Fact]
    public void Runs() => Assert.Equal(2, int.Parse("2", System.Globalization.CultureInfo.InvariantCulture));
}

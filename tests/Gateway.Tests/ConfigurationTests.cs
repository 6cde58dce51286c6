namespace Chat.Gateway.Tests;

public sealed class ConfigurationTests(OutsideFixture outside)
{
    [Theory]
    [InlineData("Gateway:TrustedProxies:0", "nonsense", "TrustedProxies")]
    [InlineData("Gateway:MaxSockets", "0", "MaxSockets")]
    [InlineData("Gateway:UpstreamTimeout", "soon", "UpstreamTimeout")]
    [InlineData("AllowedOrigins", "chat.example", "AllowedOrigins")]
    [InlineData("Auth:Issuer", "nonsense", "Auth:Issuer")]
    public void A_value_that_makes_no_sense_is_named_at_the_start(string key, string value, string named)
    {
        var refused = Assert.ThrowsAny<Exception>(() => outside.Start((key, value)));

        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
    }
}

using System.Net;

namespace Chat.Gateway.Tests;

public sealed class BodyTests(OutsideFixture outside)
{
    private const int Limit = 1 << 20;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_up_to_the_limit_passes(bool chunked)
    {
        using var response = await PostAsync(Limit, chunked);

        Assert.Equal(Limit, (await response.ReceivedAsync()).BodyBytes);
    }

    [Theory]
    [InlineData(Limit + 1, false)]
    [InlineData(Limit + 1, true)]
    [InlineData(20 << 20, false)]
    [InlineData(20 << 20, true)]
    public async Task A_larger_body_is_refused_with_an_answer_the_client_sees(int bytes, bool chunked)
    {
        using var response = await PostAsync(bytes, chunked);

        await response.ShouldBeProblemAsync(413, "body_too_large");
    }

    [Fact]
    public async Task An_announced_body_is_refused_before_it_is_sent()
    {
        var (status, _) = await RawHttp.SendAsync(
            outside.Gateway.Address, "POST /api/v1/servers HTTP/1.1\r\nHost: chat\r\nContent-Length: 99999999999\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n", Cancel);

        Assert.Equal((int)HttpStatusCode.RequestEntityTooLarge, status);
    }

    private async Task<HttpResponseMessage> PostAsync(int bytes, bool chunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/servers") { Content = new ByteArrayContent(new byte[bytes]) };
        request.Headers.TransferEncodingChunked = chunked;
        return await outside.Client.SendAsync(request, Cancel);
    }
}

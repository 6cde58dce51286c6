using Chat.Hosting.ApplicationModel;

namespace Chat.Hosting.Tests.ApplicationModel;

public sealed class ReferenceExpressionTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Holes_are_filled_when_the_value_is_asked_for()
    {
        using var builder = Models.Empty();
        var user = builder.AddParameter("user", "alice");
        var expression = ReferenceExpression.Create($"user={user};mode={"fast"};{{kept}}");
        Assert.Equal("user=alice;mode=fast;{kept}", await expression.GetValueAsync(Cancel));
        Assert.Equal("user={user.value};mode=fast;{kept}", expression.ValueExpression);
    }

    [Fact]
    public async Task The_uri_format_escapes_a_hole()
    {
        using var builder = Models.Empty();
        var password = builder.AddParameter("password", "a/b@c", secret: true);
        Assert.Equal("amqp://a%2Fb%40c@host", await ReferenceExpression.Create($"amqp://{password.Resource:uri}@host").GetValueAsync(Cancel));
    }

    [Fact]
    public async Task Expressions_nest()
    {
        var inner = ReferenceExpression.Create($"{"{x}"}");
        Assert.Equal("<{x}>", await ReferenceExpression.Create($"<{inner}>").GetValueAsync(Cancel));
    }
}

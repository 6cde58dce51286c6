using System.Text;
using Chat.Identity.TwoFactor;

namespace Chat.Identity.Tests.TwoFactor;

public sealed class TotpTests
{
    // The secret of RFC 4226, appendix D, and of RFC 6238, appendix B, for SHA-1.
    private static readonly byte[] Secret = Encoding.ASCII.GetBytes("12345678901234567890");

    /// <summary>RFC 6238, appendix B: its codes have eight digits, of which ours are the last six.</summary>
    [Theory]
    [InlineData(59, "94287082")]
    [InlineData(1111111109, "07081804")]
    [InlineData(1111111111, "14050471")]
    [InlineData(1234567890, "89005924")]
    [InlineData(2000000000, "69279037")]
    [InlineData(20000000000, "65353130")]
    public void Codes_are_those_of_RFC_6238(long seconds, string expected) =>
        Assert.Equal(expected[2..], Totp.Code(Secret, Totp.StepAt(DateTimeOffset.FromUnixTimeSeconds(seconds))));

    /// <summary>RFC 4226, appendix D.</summary>
    [Theory]
    [InlineData(0, "755224")]
    [InlineData(1, "287082")]
    [InlineData(2, "359152")]
    [InlineData(3, "969429")]
    [InlineData(4, "338314")]
    [InlineData(5, "254676")]
    [InlineData(6, "287922")]
    [InlineData(7, "162583")]
    [InlineData(8, "399871")]
    [InlineData(9, "520489")]
    public void Codes_are_those_of_RFC_4226(long counter, string expected) => Assert.Equal(expected, Totp.Code(Secret, counter));

    [Theory]
    [InlineData(-2, false)]
    [InlineData(-1, true)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void A_code_of_one_step_more_or_less_matches(int drift, bool matches)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(1_234_567_890);
        var step = Totp.StepAt(now) + drift;

        Assert.Equal(matches ? step : null, Totp.Match(Secret, Totp.Code(Secret, step), now));
    }

    [Theory]
    [InlineData("")]
    [InlineData("5924")]
    [InlineData("89005924")]
    [InlineData("００５９２４")]
    public void What_is_not_six_digits_matches_nothing(string code) => Assert.Null(Totp.Match(Secret, code, DateTimeOffset.FromUnixTimeSeconds(1_234_567_890)));

    [Fact]
    public void Secrets_have_160_bits_and_differ()
    {
        Assert.Equal(20, Totp.NewSecret().Length);
        Assert.NotEqual(Totp.NewSecret(), Totp.NewSecret());
    }

    /// <summary>RFC 4648, section 10, where there is no padding.</summary>
    [Fact]
    public void Base32_is_that_of_RFC_4648()
    {
        Assert.Equal("MZXW6YTB", Base32.Encode("fooba"u8, Base32.Rfc4648));
        Assert.Equal("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", Base32.Encode(Secret, Base32.Rfc4648));
        Assert.Equal("ZZZZZZZZ", Base32.Encode([0xFF, 0xFF, 0xFF, 0xFF, 0xFF], Base32.Crockford));
        Assert.Equal("", Base32.Encode([], Base32.Crockford));
    }

    [Theory]
    [InlineData("0123-4567-89AB-CDEF", "0123456789ABCDEF")]
    [InlineData(" 0123 4567 89ab cdef ", "0123456789ABCDEF")]
    [InlineData("oO23-4567-89AB-iIlL", "0023456789AB1111")]
    [InlineData("0123-4567-89AB-CDE", null)]
    [InlineData("0123-4567-89AB-CDEFG", null)]
    [InlineData("0123-4567-89AB-CDEU", null)]
    [InlineData("0123-4567-89AB-CDEé", null)]
    [InlineData("123456", null)]
    [InlineData("", null)]
    public void Recovery_codes_are_read_as_people_write_them(string typed, string? code)
    {
        Assert.Equal(code is not null, RecoveryCodes.IsCode(typed, out var read));
        Assert.Equal(code, read);
    }
}

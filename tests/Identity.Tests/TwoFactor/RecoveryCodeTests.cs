using System.Net;

namespace Chat.Identity.Tests.TwoFactor;

[Collection(SharedReplicas.Name)]
public sealed class RecoveryCodeTests(TwoReplicas replicas)
{
    [Fact]
    public async Task Ten_codes_of_sixteen_characters_are_shown_once()
    {
        using var person = await replicas.NewPersonAsync();

        var (_, codes) = await person.AddAppAsync();

        Assert.Equal(10, codes.Distinct().Count());
        Assert.All(codes, code => Assert.Matches("^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$", code));
        Assert.DoesNotContain(codes[0], (await person.GetAsync("two-factor")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_code_signs_in_once_and_its_use_is_told_by_mail()
    {
        using var person = await replicas.NewPersonAsync();
        var (_, codes) = await person.AddAppAsync();

        await person.SignInAsync(codes[3]);

        Assert.Equal(["pwd", "otp", "mfa"], await replicas.SqlAsync<string[]>("select methods from sessions where id = $1", person.Session) ?? []);
        Assert.Equal(9, (await person.GetAsync("two-factor")).Body.GetProperty("recoveryCodesLeft").GetInt32());
        Assert.Single(await person.MailsAsync(), mail => mail.GetProperty("text").GetString()?.Contains("9 of 10 are left", StringComparison.Ordinal) == true);
        (await person.LoginAsync(codes[3])).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");
    }

    [Fact]
    public async Task A_code_is_read_as_it_was_copied_by_hand()
    {
        using var person = await replicas.NewPersonAsync();
        var (_, codes) = await person.AddAppAsync();

        (await person.LoginAsync(codes[0].ToLowerInvariant().Replace("-", " ", StringComparison.Ordinal))).Expect(HttpStatusCode.OK);
        (await person.LoginAsync(codes[1].Replace("-", "", StringComparison.Ordinal).Replace('0', 'O').Replace('1', 'l'))).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Of_parallel_uses_on_two_replicas_one_wins()
    {
        using var person = await replicas.NewPersonAsync();
        var (_, codes) = await person.AddAppAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(i => person.LoginAsync(i % 2 == 0 ? replicas.First : replicas.Second, codes[0])));

        Assert.Single(answers, a => a.Status == HttpStatusCode.OK);
        Assert.Equal(4, answers.Count(a => a.Code == "invalid_code"));
        Assert.Equal(9, (await person.GetAsync("two-factor")).Body.GetProperty("recoveryCodesLeft").GetInt32());
    }

    [Fact]
    public async Task Somebody_elses_code_is_wrong()
    {
        using var person = await replicas.NewPersonAsync();
        using var other = await replicas.NewPersonAsync();
        await person.AddAppAsync();
        var (_, codes) = await other.AddAppAsync();

        (await person.LoginAsync(codes[0])).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");
        (await person.LoginAsync("0000-0000-0000-0000")).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");
        (await other.LoginAsync(codes[0])).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task New_codes_void_the_old_ones()
    {
        using var person = await replicas.NewPersonAsync();
        var (_, old) = await person.AddAppAsync();

        var answer = (await person.Client.PostBodyAsync("/api/v1/auth/two-factor/recovery-codes", null)).Expect(HttpStatusCode.OK);

        var renewed = Person.CodesIn(answer);
        Assert.Equal(10, renewed.Count);
        Assert.Empty(renewed.Intersect(old));
        Assert.True(answer.Headers.CacheControl?.NoStore);
        Assert.Contains(await person.SubjectsAsync(), subject => subject.Contains("New recovery codes", StringComparison.Ordinal));
        (await person.LoginAsync(old[0])).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");
        (await person.LoginAsync(renewed[0])).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Without_a_second_factor_there_are_none()
    {
        using var person = await replicas.NewPersonAsync();

        (await person.PostAsync("two-factor/recovery-codes")).ExpectProblem(HttpStatusCode.Conflict, "two_factor_off");

        Assert.Equal(0, (await person.GetAsync("two-factor")).Body.GetProperty("recoveryCodesLeft").GetInt32());
    }

    [Fact]
    public async Task They_outlast_one_factor_and_go_with_the_last()
    {
        using var person = await replicas.NewPersonAsync();
        var (_, codes) = await person.AddAppAsync();
        await person.AddMailAsync();

        (await person.DeleteAsync("two-factor/totp")).Expect(HttpStatusCode.NoContent);
        Assert.Equal(10, (await person.GetAsync("two-factor")).Body.GetProperty("recoveryCodesLeft").GetInt32());
        (await person.LoginAsync(codes[0])).Expect(HttpStatusCode.OK);

        (await person.DeleteAsync("two-factor/email")).Expect(HttpStatusCode.NoContent);
        Assert.Equal(0, (await person.GetAsync("two-factor")).Body.GetProperty("recoveryCodesLeft").GetInt32());

        var (_, renewed) = await person.AddAppAsync();
        (await person.LoginAsync(codes[1])).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");
        (await person.LoginAsync(renewed[0])).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Used_up_they_are_not_offered()
    {
        using var person = await replicas.NewPersonAsync();
        var (_, codes) = await person.AddAppAsync();
        await replicas.SqlAsync<object>("delete from recovery_codes where account_id = (select id from accounts where username = $1)", person.Username);

        Assert.Equal(["totp"], Person.MethodsIn((await person.LoginAsync()).ExpectProblem(HttpStatusCode.Unauthorized, "two_factor_required")));
        (await person.LoginAsync(codes[0])).ExpectProblem(HttpStatusCode.Unauthorized, "invalid_code");
    }

    [Fact]
    public async Task Stronger_hashing_from_now_on_voids_none()
    {
        using var person = await replicas.NewPersonAsync();
        var (_, codes) = await person.AddAppAsync();
        await using var stronger = replicas.Start(new Dictionary<string, string?> { ["Passwords:Iterations"] = "2000" });

        (await person.LoginAsync(stronger, codes[0])).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Codes_are_hashed_as_expensively_as_passwords()
    {
        using var person = await replicas.NewPersonAsync();
        var (_, codes) = await person.AddAppAsync();
        var text = codes[0].Replace("-", "", StringComparison.Ordinal);
        const string of = "from second_factors f join accounts a on a.id = f.account_id where a.username = $1";

        var salt = await replicas.SqlAsync<byte[]>($"select recovery_salt {of}", person.Username) ?? [];
        var iterations = await replicas.SqlAsync<int?>($"select recovery_iterations {of}", person.Username);

        Assert.True(salt.Length >= 16);
        Assert.Equal(1000, iterations);
        var hash = System.Security.Cryptography.Rfc2898DeriveBytes.Pbkdf2(text, salt, 1000, System.Security.Cryptography.HashAlgorithmName.SHA512, 32);
        Assert.Equal(1, await replicas.SqlAsync<long?>("select count(*) from recovery_codes where hash = $1", hash));
    }
}

using System.Text;
using System.Text.Json;
using Chat.Identity.Tests.Administration;

namespace Chat.Identity.Tests.Lifecycle;

/// <summary>
/// Puts something of a person into every column of every table that can hold it, where the routes do not. Whoever adds a table or column adds it here, and to
/// <c>PersonalData</c> or <c>AccountErasure</c> of the service.
/// </summary>
internal static class Filler
{
    /// <summary>$1 the account, $2 the credential's id, $3 its data.</summary>
    public const string Passkey = "insert into account_passkeys (account_id, credential_id, data, last_used_at) values ($1, $2, $3::jsonb, now())";

    /// <summary>An address for documentation (RFC 5737) that nothing else here uses.</summary>
    public const string Address = "203.0.113.77";

    // $1 the account, $2 a word that is nowhere else, $3 the same in bytes, $4 somebody else's account, $5 the browser session.
    private static readonly string[] Statements =
    [
        $"""
        update accounts set about = $2, pronouns = $2, time_zone = $2, locale = left($2, 35), avatar = gen_random_uuid(), banner = gen_random_uuid(), phone_number = $2,
            password_changed_at = now(), lockout_end = now() where id = $1 and $3 is not null and $4 is not null and $5 is not null
        """,
        "update sessions set user_agent = $2, address = '203.0.113.77', methods = array[$2] where account_id = $1",
        "insert into account_claims (account_id, type, value) values ($1, $2, $2)",
        "insert into account_logins (account_id, provider, provider_key, provider_name) values ($1, $2, $2, $2)",
        "insert into unlinked_logins (account_id, provider, provider_key) values ($1, $2, $2)",
        """
        insert into pending_sign_ins (hash, provider, provider_key, email, suggestion, display_name, account_id, security_stamp, links, second_factor, remember, expires_at)
        values ($3, $2, $2, $2, $2, $2, $1, $2, false, array[$2], false, now() + interval '1 year')
        """,
        "insert into account_tokens (account_id, provider, name, value) values ($1, $2, $2, $2)",
        "insert into mailed_tokens (hash, account_id, purpose, address, expires_at) values ($3, $1, 2, $2, now() + interval '1 year')",
        "insert into mailed_codes (account_id, purpose, hash, expires_at, tries_left) values ($1, 1, $3, now() + interval '1 year', 5)",
        """
        insert into second_factors (account_id, totp_secret, totp_enabled_at, totp_last_step, totp_pending_secret, totp_pending_until, email_enabled_at, recovery_salt)
        values ($1, $3, now(), 1, $3, now(), now(), $3)
        """,
        "insert into recovery_codes (account_id, hash) values ($1, $3)",
        "insert into passkey_challenges (id, account_id, purpose, state, expires_at) values (gen_random_uuid(), $1, 0, $2, now() + interval '1 year')",
        """
        insert into oauth_clients (id, owner_id, name, homepage, secret_hash, redirect_uris, scopes, grants, created_at)
        values ($2, $1, $2, $2, $3, array[$2], array['openid'], array['authorization_code'], now())
        """,
        "insert into oauth_consents (account_id, client_id, scopes, granted_at) values ($1, $2, array['openid'], now()), ($4, $2, array['openid'], now())",
        "insert into sessions (id, account_id, kind, created_at, last_seen_at, expires_at) values ('01900000-0000-7000-8000-000000000001', $1, 2, now(), now(), now() + interval '1 year')",
        """
        insert into oauth_grants (id, client_id, account_id, scopes, authenticated_at, authentication_methods)
        values ('01900000-0000-7000-8000-000000000001', 'elsewhere', $1, array[$2], now(), array[$2])
        """,
        "insert into oauth_refresh_tokens (hash, grant_id, expires_at) values ($3, '01900000-0000-7000-8000-000000000001', now() + interval '1 year')",
        """
        insert into oauth_codes (hash, client_id, account_id, session_id, redirect_uri, scopes, nonce, code_challenge, authenticated_at, authentication_methods, expires_at)
        values ($3, 'elsewhere', $1, $5, $2, array[$2], $2, $2, now(), array[$2], now() + interval '1 year')
        """,
        $$"""
        insert into audit_entries (id, at, actor_id, action, target_id, before, after, reason, address)
        values (gen_random_uuid(), now(), $1, 'user.suspended', $4, '{}', '{}', 'spam', '203.0.113.77')
        """,
        $$"""
        insert into outgoing_mails (id, kind, address, account_id, data, created_at, due_at, attempts)
        values (gen_random_uuid(), 4, $2, $1, json_build_object('what', $2::text), now(), now() + interval '1 year', 0),
               (gen_random_uuid(), 1, $2 || '@example.org', null, null, now(), now() + interval '1 year', 0)
        """,
        "insert into idempotency_keys (user_id, key, fingerprint, location, response) values ($1, $2, $3, $2, $2)",
    ];

    public static string PasskeyData(string name) => JsonSerializer.Serialize(new
    {
        PublicKey = "AQ==",
        Name = name,
        CreatedAt = "2026-01-01T00:00:00+00:00",
        SignCount = 0,
        Transports = Array.Empty<string>(),
        IsUserVerified = true,
        IsBackupEligible = true,
        IsBackedUp = true,
        AttestationObject = "AQ==",
        ClientDataJson = "AQ==",
    });

    public static async Task FillAsync(string database, Person person, Guid somebody, string word)
    {
        var bytes = Encoding.ASCII.GetBytes(word);
        await Sql.RunAsync(
            database, "insert into oauth_clients (id, owner_id, name, redirect_uris, scopes, grants, created_at) values ('elsewhere', $1, 'Elsewhere', '{}', '{}', '{}', now())", somebody);
        await Sql.RunAsync(database, Passkey, person.Id, bytes, PasskeyData(word));
        foreach (var statement in Statements)
            await Sql.RunAsync(database, $"with given as (select $1::uuid, $2::text, $3::bytea, $4::uuid, $5::uuid) {statement}", person.Id, word, bytes, somebody, person.Session);
    }
}

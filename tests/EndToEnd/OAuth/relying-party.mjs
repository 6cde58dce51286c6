// A relying party on openid-client, and the browser of the person who allows it. Prints one line of JSON: what came of each step.
import * as client from 'openid-client';

const { ISSUER, CLIENT_ID, CLIENT_SECRET, SESSION } = process.env;
const redirectUri = 'https://app.example/back';
const [scenario] = process.argv.slice(2);

const discover = (authentication = client.ClientSecretBasic(CLIENT_SECRET), id = CLIENT_ID) =>
  client.discovery(new URL(ISSUER), id, undefined, authentication, { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] });

async function begin(config, scope, more = {}) {
  const checks = { pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: client.randomState(), expectedNonce: client.randomNonce(), idTokenExpected: true };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope,
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...more,
  });
  return { url, checks };
}

const cookie = { Cookie: `chat_session=${SESSION}` };

// What the consent page's script sends when the person presses the button.
async function decide(url, decision = 'allow') {
  const response = await fetch(new URL('/oauth/authorize', ISSUER), {
    method: 'POST',
    headers: { ...cookie, 'Content-Type': 'application/json', 'X-Chat-Client': 'tests', Origin: ISSUER },
    body: JSON.stringify({ ...Object.fromEntries(url.searchParams), decision }),
  });
  if (!response.ok) throw new Error(`the decision was answered ${response.status}: ${await response.text()}`);
  return new URL((await response.json()).redirect);
}

async function visit(url) {
  const response = await fetch(url, { headers: cookie, redirect: 'manual' });
  const location = response.headers.get('location');
  return { status: response.status, back: location && new URL(location) };
}

async function grant(config, scope, more) {
  const { url, checks } = await begin(config, scope, more);
  const back = await decide(url);
  return { back, checks, tokens: await client.authorizationCodeGrant(config, back, checks) };
}

async function refused(step) {
  try {
    await step();
    return 'accepted';
  } catch (error) {
    return error.error ?? error.cause?.error ?? error.code ?? error.message;
  }
}

const api = async token => (await fetch(new URL('/api/v1/users/@me', ISSUER), { headers: { Authorization: `Bearer ${token}` } })).status;

const all = 'openid profile email account:read offline_access';

const scenarios = {
  async code() {
    const config = await discover();
    const first = await begin(config, all);
    const asked = (await visit(first.url)).status;
    const { tokens } = await grant(config, all);
    const claims = tokens.claims();
    const info = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
    const again = await begin(config, all);
    const { status, back } = await visit(again.url);
    const silent = await client.authorizationCodeGrant(config, back, again.checks);
    return { asked, claims, info, scope: tokens.scope, expiresIn: tokens.expires_in, api: await api(tokens.access_token), again: status, silent: silent.claims().sub };
  },

  async maxAge() {
    const config = await discover();
    const { url, checks } = await begin(config, 'openid', { max_age: '3600' });
    const tokens = await client.authorizationCodeGrant(config, await decide(url), { ...checks, maxAge: 3600 });
    return { authTime: tokens.claims().auth_time, amr: tokens.claims().amr };
  },

  async refusals() {
    const config = await discover();
    const wrong = {};
    const { url, checks } = await begin(config, all);
    wrong.denied = await refused(async () => client.authorizationCodeGrant(config, await decide(url, 'deny'), checks));
    wrong.state = await refused(async () => client.authorizationCodeGrant(config, await decide(url), { ...checks, expectedState: 'another' }));
    wrong.nonce = await refused(async () => client.authorizationCodeGrant(config, await decide(url), { ...checks, expectedNonce: 'another' }));
    wrong.verifier = await refused(async () => client.authorizationCodeGrant(config, await decide(url), { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() }));
    wrong.secret = await refused(async () => client.authorizationCodeGrant(await discover(client.ClientSecretPost('wrong')), await decide(url), checks));
    wrong.client = await refused(async () => client.authorizationCodeGrant(await discover(client.None(), 'nobody'), await decide(url), checks));

    const elsewhere = new URL(url);
    elsewhere.searchParams.set('redirect_uri', 'https://evil.example/');
    wrong.redirect = (await visit(elsewhere)).status;
    for (const [name, change] of Object.entries({ pkce: p => p.delete('code_challenge'), plain: p => p.set('code_challenge_method', 'plain'), scope: p => p.set('scope', 'openid messages:write'), prompt: p => p.set('prompt', 'none') })) {
      const changed = new URL(url);
      if (name === 'prompt') changed.searchParams.set('scope', `${all} servers:read`);
      change(changed.searchParams);
      const { back } = await visit(changed);
      wrong[name] = await refused(() => client.authorizationCodeGrant(config, back, checks));
    }

    const { back, checks: good, tokens } = await grant(config, all);
    wrong.reusedCode = await refused(() => client.authorizationCodeGrant(config, back, good));
    return { ...wrong, apiAfterReuse: await api(tokens.access_token), refreshAfterReuse: await refused(() => client.refreshTokenGrant(config, tokens.refresh_token)) };
  },

  async refresh() {
    const config = await discover(client.ClientSecretPost(CLIENT_SECRET));
    const { tokens } = await grant(config, all);
    const second = await client.refreshTokenGrant(config, tokens.refresh_token);
    const narrowed = await client.refreshTokenGrant(config, second.refresh_token, { scope: 'openid' });
    const widened = await refused(() => client.refreshTokenGrant(config, narrowed.refresh_token, { scope: 'openid messages:write' }));
    const before = await api(second.access_token);
    const reused = await refused(() => client.refreshTokenGrant(config, tokens.refresh_token));
    return {
      subject: second.claims().sub === tokens.claims().sub,
      narrowed: narrowed.scope,
      widened,
      before,
      reused,
      after: await api(second.access_token),
      info: await refused(() => client.fetchUserInfo(config, narrowed.access_token, tokens.claims().sub)),
      newest: await refused(() => client.refreshTokenGrant(config, narrowed.refresh_token)),
    };
  },

  async revocation() {
    const config = await discover();
    const { tokens } = await grant(config, all);
    const before = await api(tokens.access_token);
    await client.tokenRevocation(config, tokens.refresh_token, { token_type_hint: 'refresh_token' });
    await client.tokenRevocation(config, 'unknown');
    return { before, after: await api(tokens.access_token), refresh: await refused(() => client.refreshTokenGrant(config, tokens.refresh_token)) };
  },

  async clientCredentials() {
    const config = await discover();
    const tokens = await client.clientCredentialsGrant(config, { scope: 'account:read' });
    const response = await client.fetchProtectedResource(config, tokens.access_token, new URL('/api/v1/users/@me', ISSUER), 'GET');
    return {
      scope: tokens.scope,
      renewable: 'refresh_token' in tokens,
      username: (await response.json()).username,
      openid: await refused(() => client.clientCredentialsGrant(config, { scope: 'openid' })),
      wrongSecret: await refused(async () => client.clientCredentialsGrant(await discover(client.ClientSecretBasic('wrong')), {})),
    };
  },
};

console.log(`result ${JSON.stringify(await scenarios[scenario]())}`);

// Google and GitHub in one process, for tests: oauth2-mock-server, which checks PKCE, with the parts of both that it lacks. Who is at the browser is in the cookie "person";
// PUT /people/<name> says what the providers know of them and where they fail.
import { createServer } from 'node:http';
import { randomUUID } from 'node:crypto';
import { OAuth2Server } from 'oauth2-mock-server';

const secret = process.env.CLIENT_SECRET;
const people = new Map();
const codes = new Map();
const tokens = new Map();
const { issuer, service } = new OAuth2Server();
await issuer.keys.generate('RS256');

const personAt = (req) => people.get(/(?:^|; )person=([^;]+)/.exec(req.headers.cookie ?? '')?.[1]);
const personOf = (req) => tokens.get(/^Bearer (.+)$/.exec(req.headers.authorization ?? '')?.[1]);

// Answers wrongly where the person is to have no luck.
function spoil(fault, res) {
  if (fault === undefined) return false;
  if (fault === 'broken') res.socket.destroy();
  else if (fault === 'junk') res.writeHead(200, { 'Content-Type': 'application/json' }).end('{"access_token": ');
  else if (fault === 'huge') res.writeHead(200, { 'Content-Type': 'application/json' }).end(`{"access_token":"a","padding":"${'x'.repeat(1 << 20)}"}`);
  else if (fault === 'redirect') res.writeHead(302, { Location: '/elsewhere' }).end();
  else if (typeof fault === 'number') res.writeHead(fault, { 'Content-Type': 'application/json' }).end('{}');
  else if (fault !== 'silent') res.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(fault.body));
  return true;
}

service.on('beforeAuthorizeRedirect', ({ url }, req) => {
  const person = personAt(req);
  if (person?.refuses) {
    url.searchParams.delete('code');
    url.searchParams.set('error', person.refuses);
    url.searchParams.set('error_description', 'not today');
    return;
  }

  codes.set(url.searchParams.get('code'), { person, redirectUri: req.query.redirect_uri, challenge: req.query.code_challenge });
});

service.on('beforeResponse', (response, req) => {
  const { code, redirect_uri: redirectUri, client_secret: clientSecret, code_verifier: verifier } = req.body;
  const issued = codes.get(code);
  codes.delete(code);
  if (!issued || issued.redirectUri !== redirectUri || clientSecret !== secret || !issued.challenge || !verifier) {
    response.statusCode = 400;
    response.body = { error: 'invalid_grant' };
    return;
  }

  if (spoil(issued.person?.faults?.token, req.res)) {
    req.res.status = () => req.res;
    req.res.json = () => req.res;
    return;
  }

  response.body.access_token = randomUUID();
  tokens.set(response.body.access_token, issued.person);
});

function answer(req, res, name) {
  const person = personOf(req);
  if (!person) res.writeHead(401).end();
  else if (!spoil(person.faults?.[name], res)) res.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(person[name]));
}

function take(req, res) {
  const chunks = [];
  req.on('data', (chunk) => chunks.push(chunk));
  req.on('end', () => {
    people.set(req.url.split('/')[2], JSON.parse(Buffer.concat(chunks)));
    res.writeHead(204).end();
  });
}

const server = createServer((req, res) => {
  const path = req.url.split('?')[0];
  if (req.method === 'PUT' && path.startsWith('/people/')) take(req, res);
  else if (path === '/userinfo') answer(req, res, 'userinfo');
  else if (path === '/user' && !req.headers['user-agent']) res.writeHead(403).end();
  else if (path === '/user') answer(req, res, 'user');
  else if (path === '/user/emails') answer(req, res, 'emails');
  else if (path === '/elsewhere') res.writeHead(200).end('{"access_token":"stolen"}');
  else service.requestHandler(req, res);
});
server.listen(0, '127.0.0.1', () => {
  issuer.url = `http://127.0.0.1:${server.address().port}`;
  console.log(`listening at ${issuer.url}`);
});

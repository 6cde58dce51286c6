'use strict';

const form = document.getElementById('sign-in');
const message = document.getElementById('message');
const submit = document.getElementById('submit');
const secondFactor = document.getElementById('second-factor');
const mailCode = document.getElementById('mail-code');
const passkey = document.getElementById('passkey');

const words = {
  two_factor_required: 'Enter the code of your second factor.',
  invalid_code: 'This code is wrong or too old.',
  invalid_passkey: 'This passkey belongs to no account here.',
  invalid_credentials: 'The username, e-mail address or password is wrong.',
  validation_failed: 'Enter your username or e-mail address and your password.',
  email_not_verified: 'Verify your e-mail address first: follow the link that was mailed to you.',
  account_disabled: 'This account is disabled. Sign in to Chat itself to use it again.',
  account_deleting: 'This account is about to be deleted. Sign in to Chat itself to keep it.',
  account_suspended: 'This account was suspended.',
  too_many_attempts: 'Too many attempts. Try again in a few minutes.',
};

function say(text) {
  message.textContent = text;
}

async function post(path, body) {
  const response = await fetch(`/api/v1/${path}`, {
    method: 'POST',
    headers: { 'X-Chat-Client': 'oauth', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return { ok: response.ok, body: text === '' ? {} : JSON.parse(text) };
}

// The request once more, with the mark that this page was shown: whoever signed in since has done what it asks for.
function goOn() {
  const back = new URL(location.href);
  back.searchParams.set(form.dataset.parameter, form.dataset.mark);
  location.replace(back);
}

function credentials() {
  return { login: form.elements.login.value.trim(), password: form.elements.password.value };
}

function askForCode(methods) {
  secondFactor.hidden = false;
  mailCode.hidden = !methods.includes('email');
  form.elements.code.focus();
}

form.addEventListener('submit', async event => {
  event.preventDefault();
  say('');
  submit.disabled = true;
  try {
    const code = form.elements.code.value.trim();
    const answer = await post('auth/login', code === '' ? credentials() : { ...credentials(), code });
    if (answer.ok) {
      goOn();
      return;
    }
    if (answer.body.code === 'two_factor_required') askForCode(answer.body.methods ?? []);
    say(words[answer.body.code] ?? 'That did not work. Try again.');
  } catch {
    say('Chat does not answer. Try again.');
  }
  submit.disabled = false;
});

mailCode.addEventListener('click', async () => {
  mailCode.disabled = true;
  try {
    const answer = await post('auth/two-factor/email/code', credentials());
    say(answer.ok ? 'A code is on its way to you.' : (words[answer.body.code] ?? 'That did not work. Try again.'));
  } catch {
    say('Chat does not answer. Try again.');
  }
  mailCode.disabled = false;
});

passkey.hidden = typeof window.PublicKeyCredential?.parseRequestOptionsFromJSON !== 'function';
passkey.addEventListener('click', async () => {
  say('');
  passkey.disabled = true;
  try {
    const ceremony = (await post('auth/passkeys/sign-in/options')).body;
    const credential = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(ceremony.options) });
    const answer = await post('auth/passkeys/sign-in', { challenge: ceremony.challenge, credential: credential.toJSON() });
    if (answer.ok) {
      goOn();
      return;
    }
    say(words[answer.body.code] ?? 'That did not work. Try again.');
  } catch {
    say('No passkey was used.');
  }
  passkey.disabled = false;
});

document.getElementById('continue').addEventListener('click', goOn);

(form.elements.login.value === '' ? form.elements.login : form.elements.password).focus();

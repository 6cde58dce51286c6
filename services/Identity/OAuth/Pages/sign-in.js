'use strict';

const form = document.getElementById('sign-in');
const message = document.getElementById('message');
const submit = document.getElementById('submit');
const secondFactor = document.getElementById('second-factor');
const mailCode = document.getElementById('mail-code');

const words = {
  two_factor_required: 'Enter the code of your second factor.',
  invalid_code: 'This code is wrong or too old.',
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
    headers: { 'Content-Type': 'application/json', 'X-Chat-Client': 'oauth' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return { ok: response.ok, body: text === '' ? {} : JSON.parse(text) };
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
      const back = new URL(location.href);
      back.searchParams.set(form.dataset.parameter, form.dataset.mark);
      location.replace(back);
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

(form.elements.login.value === '' ? form.elements.login : form.elements.password).focus();

'use strict';

const form = document.getElementById('form');
const message = document.getElementById('message');
const submit = document.getElementById('submit');

const words = {
  invalid_token: 'This link was used, has been replaced by a newer one, or is too old. Ask for another.',
  too_many_attempts: 'Too many attempts. Try again later.',
  too_many_requests: 'Too many mails were asked for. Try again later.',
};

// The token is a secret: neither the address bar nor the history keeps it.
if (form.elements.token) {
  form.elements.token.value = new URLSearchParams(location.search).get('token') ?? '';
  history.replaceState(null, '', location.pathname);
}

function explain(problem) {
  const fields = Object.values(problem.errors ?? {}).flat().map(error => error.message);
  return fields.length > 0 ? fields.join(' ') : (words[problem.code] ?? problem.detail ?? 'That did not work. Try again.');
}

form.addEventListener('submit', async event => {
  event.preventDefault();
  message.textContent = '';
  submit.disabled = true;
  try {
    const response = await fetch(`/api/v1/${form.dataset.path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Chat-Client': 'mail-link' },
      body: JSON.stringify(Object.fromEntries(new FormData(form))),
    });
    if (response.ok) {
      message.textContent = form.dataset.done;
      return;
    }
    message.textContent = explain(await response.json());
  } catch {
    message.textContent = 'Chat does not answer. Try again.';
  }
  submit.disabled = false;
});

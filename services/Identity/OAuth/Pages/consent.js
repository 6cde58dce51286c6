'use strict';

const message = document.getElementById('message');
const buttons = document.querySelectorAll('button');

function busy(is) {
  for (const button of buttons) button.disabled = is;
}

async function decide(decision) {
  message.textContent = '';
  busy(true);
  try {
    const request = Object.fromEntries(new URLSearchParams(location.search));
    const response = await fetch('/oauth/authorize', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Chat-Client': 'oauth' },
      body: JSON.stringify({ ...request, decision }),
    });
    if (response.ok) {
      location.replace((await response.json()).redirect);
      return;
    }
    if (response.status === 401 || response.status === 403) {
      location.reload();
      return;
    }
    message.textContent = 'That did not work. Try again.';
  } catch {
    message.textContent = 'Chat does not answer. Try again.';
  }
  busy(false);
}

document.getElementById('allow').addEventListener('click', () => decide('allow'));
document.getElementById('deny').addEventListener('click', () => decide('deny'));
document.getElementById('switch').addEventListener('click', () => {
  const again = new URL(location.href);
  const prompts = new Set((again.searchParams.get('prompt') ?? '').split(' ').filter(Boolean));
  again.searchParams.set('prompt', [...prompts.add('login')].join(' '));
  again.searchParams.delete('chat_sign_in');
  location.replace(again);
});

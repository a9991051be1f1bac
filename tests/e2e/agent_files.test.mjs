// The window of an agent: what its files were before, and the same agent again.
import assert from 'node:assert/strict';
import { after } from 'node:test';

import { closeBrowser } from './support/chromium.mjs';
import { call, reply } from './support/model.mjs';
import { scene } from './support/scene.mjs';

after(closeBrowser);

const GOAL = 'Tidy the notes';
const FIXTURES = [
  reply(GOAL, 0, '', call('run_command', { command: 'echo old > notes.txt' })),
  reply(GOAL, 1, '', call('read_file', { path: 'notes.txt' })),
  reply(GOAL, 2, '', call('write_file', { path: 'notes.txt', content: 'new\n' })),
  reply(GOAL, 3, '', call('write_file', { path: 'other.txt', content: 'all of it\n' })),
  reply(GOAL, 4, '', call('complete', { summary: 'Tidied.' })),
];

/** Deploys the agent, waits for its end and opens its window. */
async function finished({ screen, wire }, more) {
  const pid = await wire.deploy(`${GOAL}.`, { role: 'Tidier', ...more });
  await wire.event('agent.completed', pid);
  await screen.press('Alt+m');
  await screen.click({ test: `agent-card-${pid}` });
  const window = { test: `agent-window-${pid}` };
  await screen.see(window);
  return window;
}

scene('a first version is compared with what the agent had read, and with nothing where nobody knows', {
  fixtures: FIXTURES,
}, async (stage) => {
  const { screen } = stage;
  const within = await finished(stage);
  await screen.click({ role: 'tab', name: /^Files/, within });
  await screen.click({ css: '.file-line[title$="notes.txt"]' });
  await screen.click({ css: '.segment:has-text("Changes")' });
  await screen.see({ css: '.diff' });
  const changes = await screen.script(() => [...document.querySelectorAll('.diff__row--removed, .diff__row--added')]
    .map((row) => row.querySelector('.diff__text').innerText.trim()));
  assert.deepEqual(changes, ['old', 'new']);
  await screen.click({ css: '.file-line[title$="other.txt"]' });
  await screen.click({ css: '.segment:has-text("Changes")' });
  await screen.see({ text: /^No earlier version known$/ });
});

scene('an agent is deployed again with what bounded it', { fixtures: FIXTURES }, async (stage) => {
  const { screen } = stage;
  const bounds = { maxTokens: 90_000, maxCostUsd: 2.5, priority: 2, sandbox: { type: 'confined', networkAccess: false } };
  const within = await finished(stage, bounds);
  await screen.click({ role: 'button', name: 'Deploy again', within });
  await screen.see({ role: 'dialog', name: 'Deploy an agent' });
  const entered = await screen.script(() => [...document.querySelectorAll('[data-test=deploy-form] input[type=number]')].map((input) => input.value));
  assert.deepEqual(entered, ['20', '90000', '2.5']);
  assert.equal(await screen.script(() => document.querySelector('[data-test=deploy-form] textarea').value), `${GOAL}.`);
});

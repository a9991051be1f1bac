// The main job, as a person does it: one body for every kind of screen.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import { eventually } from './eventually.mjs';
import { call, reply } from './model.mjs';
import { lying } from './windows.mjs';

export const GOAL = 'Count the words of a poem';
export const COMMAND = 'wc -w < poem.txt > count.txt && cat count.txt';
/** Until a test says that it may go on. */
const HELD = 'until [ -e go ]; do sleep 0.1; done; echo went';
const POEM = 'The sea is calm tonight\nthe tide is full\n';
const PLAN = `First I write the poem down, then I count its words with wc, and at the end I say how many there are. ${
  'I keep every step in a file of its own so that it can be read later. '.repeat(4)}`;

/** What the model says: to the first agent, to what it is told, and to the second one. */
export const FIXTURES = [
  reply(GOAL, 0, PLAN, call('write_file', { path: 'poem.txt', content: POEM })),
  reply(GOAL, 1, 'Now I count.', call('run_command', { command: COMMAND, network: true })),
  reply(GOAL, 2, 'I wait for more.', call('run_command', { command: HELD, timeout: 120 })),
  reply('write down lemon', 3, 'As you say.', call('write_file', { path: 'said.txt', content: 'lemon' })),
  reply('write down lemon', 4, '', call('complete', { summary: 'The poem has **9 words**, and lemon is written down.' })),
  reply('Wait for rain', 0, 'I wait.', call('run_command', { command: 'sleep 345679', timeout: 600 })),
];
/** Slow enough that a reply is seen while it is written. */
export const SLOWLY = ['--latency', '25'];

const asks = { test: 'agent-ask' };

export async function mainJob({ screen, server, wire }) {
  // Deploy, and watch its reply being written.
  await deploy(screen, 'Writer', `${GOAL}.`);
  const pid = await agentWindow(screen);
  const title = `Writer #${pid}`;
  const first = await screen.until(() => document.querySelector('[data-test=agent-writing]')?.innerText.length > 30
    && document.querySelector('[data-test=agent-writing]').innerText.length);
  await screen.until((shown) => (document.querySelector('.agent .stream')?.innerText.length ?? 0) > shown, first);

  // It asks for a permission: what will run is shown exactly, and runs once it is approved.
  await screen.see(asks);
  assert.ok((await screen.read(asks)).includes(COMMAND), 'what will run is shown');
  assert.ok(!existsSync(join(server.home(pid), 'count.txt')), 'nothing ran before the answer');
  await screen.click({ role: 'button', name: /^Approve/, within: asks });
  await eventually('the command', () => existsSync(join(server.home(pid), 'count.txt')));
  assert.equal(readFileSync(join(server.home(pid), 'count.txt'), 'utf8').trim(), '9');

  // The file it wrote.
  const window = { css: `[data-test="agent-window-${pid}"]` };
  await screen.click({ role: 'tab', name: /^Files/, within: window });
  await screen.click({ css: `[data-test="agent-window-${pid}"] .file-line[title$="poem.txt"]` });
  await screen.see({ text: /the tide is full/ });

  // A message, which it reads before its next thought.
  await screen.click({ role: 'tab', name: 'Activity', within: window });
  await screen.fill({ role: 'textbox', name: 'Message Writer' }, 'Please write down lemon.');
  await screen.press('Enter');
  await screen.see({ text: /Please write down lemon\./ });
  writeFileSync(join(server.home(pid), 'go'), '');
  await screen.see({ test: 'agent-end' });
  assert.match(await screen.read({ test: 'agent-end' }), /9 words/);
  assert.equal(readFileSync(join(server.home(pid), 'said.txt'), 'utf8'), 'lemon');

  // A second agent is stopped.
  await screen.press('Alt+m');
  await deploy(screen, 'Waiter', 'Wait for rain.');
  const waiter = await agentWindow(screen, pid);
  await wire.event('agent.action', waiter);
  const other = { css: `[data-test="agent-window-${waiter}"]` };
  await screen.click({ role: 'button', name: 'Stop', within: other });
  const sure = { role: 'alertdialog', name: /^Stop Waiter/ };
  await screen.click({ role: 'button', name: 'Stop', within: sure });
  await screen.see({ text: /^Stopped$/, within: other });
  await wire.event('process.exit', waiter);

  // Another theme; and after a reload everything is where it was.
  const theme = () => document.documentElement.dataset.theme;
  const wanted = await screen.script(theme) === 'dark' ? 'light' : 'dark';
  await screen.press('Alt+Shift+t');
  await screen.until((wanted) => document.documentElement.dataset.theme === wanted, wanted);
  let before = await screen.script(lying);
  await eventually('the windows lie still', async () => {
    const last = before;
    before = await screen.script(lying);
    return isDeepStrictEqual(last, before);
  });
  await eventually('the windows are kept', async () => {
    const { value } = await wire.call('preference.get', { key: 'desktop.session' });
    const look = await wire.call('preference.get', { key: 'desktop.look' });
    return JSON.stringify(value).includes(`"${waiter}"`) && look.value?.theme === wanted && value;
  });
  await screen.reload();
  await screen.until((count) => document.querySelectorAll('.window').length === count, before.length);
  await screen.until(() => document.querySelectorAll('[data-test=agent-end]').length === 2);
  // Windows that come back may still be on their way.
  await eventually('the windows lie as before', async () => isDeepStrictEqual(await screen.script(lying), before));
  assert.equal(await screen.script(theme), wanted);
  const said = await screen.until((title) => document.querySelector(`.window[aria-label="${title}"]`)?.innerText, title);
  for (const words of ['9 words', 'lemon']) assert.ok(said.includes(words), `${words} is missing after the reload`);
}

/** Waits for the window of an agent that is none of `known`, and gives its pid. */
export async function agentWindow(screen, ...known) {
  return screen.until((known) => {
    const windows = [...document.querySelectorAll('[data-test^="agent-window-"]')];
    return windows.map((window) => Number(window.dataset.test.split('-').at(-1))).find((pid) => !known.includes(pid));
  }, known);
}

/** Deploys an agent by the dialog that Mission Control opens. */
async function deploy(screen, role, goal) {
  await screen.click({ role: 'button', name: 'Deploy agent', within: { role: 'region', name: 'Mission Control' } });
  const dialog = { role: 'dialog', name: 'Deploy an agent' };
  await screen.see(dialog);
  await screen.fill({ css: '[data-test=deploy-form] textarea' }, goal);
  await screen.fill({ css: '[data-test=deploy-form] [role=combobox]' }, role);
  await screen.click({ role: 'button', name: /^Deploy agent/, within: dialog });
}

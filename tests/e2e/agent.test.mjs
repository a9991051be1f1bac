// What a person does in the window of an agent beside the main job.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';

import { closeBrowser } from './support/chromium.mjs';
import { call, reply } from './support/model.mjs';
import { scene } from './support/scene.mjs';

after(closeBrowser);

const waits = (goal) => [
  reply(goal, 0, 'I wait.', call('run_command', { command: 'until [ -e go ]; do sleep 0.1; done; echo went', timeout: 120 })),
  reply(goal, 1, '', call('complete', { summary: 'It went.' })),
];
const COUNTS = Array.from({ length: 6 }, (_, step) => reply('Count', step, `Now ${step}.`, call('run_command', { command: `echo ${step}` })));

/** Deploys an agent and opens its window. */
async function opened({ screen, wire }, goal, more = {}) {
  const pid = await wire.deploy(goal, more);
  await screen.press('Alt+m');
  await screen.click({ test: `agent-card-${pid}` });
  await screen.see({ test: `agent-window-${pid}` });
  return { pid, within: { test: `agent-window-${pid}` } };
}

/** Whether the shown terminal has written this. */
function written(text) {
  return document.querySelector('.agent .xterm')?.innerText.includes(text);
}

scene('a person takes the terminal over, works in it, and hands it back', { fixtures: waits('Hold on') }, async (stage) => {
  const { screen, wire } = stage;
  const { pid, within } = await opened(stage, 'Hold on.');
  await wire.event('agent.action', pid);
  await screen.click({ role: 'button', name: 'Take over', within });
  await screen.see({ text: /You have control/ });
  await screen.until(written, '$');
  await screen.type('echo from-$((40+2)); touch go\n');
  await screen.until(written, 'from-42');
  await screen.click({ role: 'button', name: 'Hand back', within });
  await screen.gone({ text: /You have control/ });
  await screen.see({ test: 'agent-end' });
  assert.match(await screen.read({ test: 'agent-end' }), /It went/);
});

scene('a terminal that is watched is as large as its room allows', {
  fixtures: [waits('Hold on')[0], reply('Hold on', 1, '', call('ask_user', { question: 'Shall it rain?' }))],
}, async (stage) => {
  const { screen, server, wire } = stage;
  const { pid, within } = await opened(stage, 'Hold on.');
  await wire.event('agent.action', pid);
  await screen.click({ role: 'tab', name: 'Terminal', within });
  await screen.see({ css: '.agent .xterm-screen' });
  // A question takes some of the room.
  writeFileSync(join(server.home(pid), 'go'), '');
  await screen.see({ test: 'agent-ask' });
  await screen.until(() => {
    const letters = document.querySelector('.agent .xterm-screen').getBoundingClientRect();
    const room = document.querySelector('.agent .xterm').parentElement.getBoundingClientRect();
    return Math.max(letters.width / room.width, letters.height / room.height) > 0.8;
  });
});

scene('the time line is dragged back to what was, and marks no text on its way', { fixtures: COUNTS }, async (stage) => {
  const { screen } = stage;
  await opened(stage, 'Count.', { maxSteps: 6 });
  const line = { test: 'agent-timeline' };
  await screen.until(() => Number(document.querySelector('[data-test=agent-timeline]')?.ariaValueMax) >= 18);
  const field = await screen.page.getByTestId(line.test).boundingBox();
  const at = (share) => [field.x + field.width * share, field.y + field.height / 2];
  await screen.page.mouse.move(...at(0.9));
  await screen.page.mouse.down();
  await screen.page.mouse.move(...at(0.5), { steps: 5 });
  // Above the line it is still dragged.
  await screen.page.mouse.move(at(0.25)[0], field.y - 200, { steps: 5 });
  const { now, most } = await screen.script(() => {
    const { ariaValueNow, ariaValueMax } = document.querySelector('[data-test=agent-timeline]');
    return { now: Number(ariaValueNow), most: Number(ariaValueMax) };
  });
  await screen.page.mouse.up();
  assert.ok(Math.abs(now / most - 0.25) < 0.1, `it stands at ${now} of ${most}`);
  assert.equal(await screen.script(() => getSelection().toString()), '');
  await screen.see({ text: /^Recorded/ });
  await screen.click({ role: 'button', name: 'Back to live' });
  await screen.gone({ text: /^Recorded/ });
});

scene('an agent at its limit of steps goes on when it is given more', {
  fixtures: [...COUNTS, reply('Count', 6, '', call('complete', { summary: 'Counted to six.' }))],
}, async (stage) => {
  const { screen } = stage;
  const { within } = await opened(stage, 'Count.', { maxSteps: 3 });
  await screen.click({ role: 'button', name: 'Go on', within });
  await screen.see({ test: 'agent-end' });
  assert.match(await screen.read({ test: 'agent-end' }), /Counted to six/);
});

scene('an agent that asks for the machine itself says so, and may be refused', {
  fixtures: [
    reply('Look at the machine', 0, 'I look.', call('run_command', { command: 'hostname' })),
    reply('Look at the machine', 1, '', call('complete', { summary: 'I could not look.' })),
  ],
}, async (stage) => {
  const { screen, wire } = stage;
  const { pid, within } = await opened(stage, 'Look at the machine.', { sandbox: { type: 'host' } });
  await wire.event('process.approval_required', pid);
  const asks = { test: 'agent-ask' };
  assert.match(await screen.read(asks), /hostname/);
  assert.match(await screen.read(asks), /machine itself|bare host/i);
  await screen.click({ role: 'button', name: /^Reject…$/, within: asks });
  await screen.click({ role: 'button', name: /^Reject$/, within: asks });
  await screen.gone(asks);
  await screen.see({ test: 'agent-end', within });
});

scene('agents above the number that may work at once wait in a queue that is shown', {
  fixtures: waits('Hold on'), env: { AETHER_MAX_ACTIVE: '1' },
}, async ({ screen, wire }) => {
  const first = await wire.deploy('Hold on.');
  const second = await wire.deploy('Hold on, too.');
  await wire.event('process.queued', second);
  await screen.press('Alt+m');
  await screen.see({ text: /Queued/, within: { test: `agent-card-${second}` } });
  await wire.call('process.signal', { pid: first, signal: 'SIGKILL' });
  await screen.until((pid) => !/Queued/.test(document.querySelector(`[data-test="agent-card-${pid}"]`)?.innerText), second);
});

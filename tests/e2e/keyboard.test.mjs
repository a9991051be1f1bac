// The main job by keyboard alone: no pointer is used from the sign-in to the reload.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';

import { closeBrowser } from './support/chromium.mjs';
import { eventually } from './support/eventually.mjs';
import { COMMAND, FIXTURES, GOAL, agentWindow } from './support/job.mjs';
import { scene } from './support/scene.mjs';
import { PASSWORD } from './support/server.mjs';
import { lying } from './support/windows.mjs';

after(closeBrowser);

/** More stops than any screen has. */
const STOPS = 80;

/** What has the focus, as a person would be told: runs in the page. */
function focused() {
  const element = document.activeElement;
  const labelled = element.getAttribute('aria-labelledby')?.split(' ').map((id) => document.getElementById(id)?.innerText).join(' ');
  const name = element.getAttribute('aria-label') ?? labelled ?? element.labels?.[0]?.innerText ?? element.innerText ?? '';
  const { outlineStyle, boxShadow } = getComputedStyle(element);
  const around = element.parentElement && getComputedStyle(element.parentElement);
  const shown = outlineStyle !== 'none' || boxShadow !== 'none'
    || Boolean(around && (around.outlineStyle !== 'none' || around.boxShadow !== 'none'));
  return { name: name.trim(), role: element.getAttribute('role') ?? element.tagName.toLowerCase(), shown };
}

/** Goes on by Tab until what has the focus has this name; every stop on the way must be seen. */
async function tabTo(screen, name, { key = 'Tab', role } = {}) {
  const passed = [];
  for (let stop = 0; stop < STOPS; stop += 1) {
    const now = await screen.script(focused);
    if (name.test(now.name) && (!role || now.role === role)) return now;
    await screen.press(key);
    passed.push(now.name || now.role);
  }
  throw new Error(`${name} is not reached by ${key}; passed ${passed.join(' | ')}`);
}

scene('the main job by keyboard alone', { fixtures: FIXTURES, signedIn: false, timeout: 120_000 }, async (stage) => {
  const { screen, server, wire } = stage;
  for (const name of ['click', 'dblclick', 'hover', 'tap']) {
    screen.page[name] = screen[name] = () => { throw new Error('no pointer here'); };
  }
  // The first field has the focus.
  await screen.until(() => document.activeElement?.matches('input'));
  await screen.type('admin');
  await tabTo(screen, /^Password/);
  await screen.type(PASSWORD);
  await screen.press('Enter');
  await screen.see({ css: '.desktop' });

  await screen.press('Alt+n');
  await screen.until(() => document.activeElement?.matches('[data-test=deploy-form] textarea'));
  await screen.type(`${GOAL}.`);
  await screen.press('Tab');
  await screen.until(() => document.activeElement?.matches('[data-test=deploy-form] [role=combobox]'));
  await screen.type('Writer');
  await screen.press('Control+Enter');
  const pid = await agentWindow(screen);

  await screen.see({ test: 'agent-ask' });
  assert.ok((await screen.read({ test: 'agent-ask' })).includes(COMMAND));
  await screen.press('Alt+Enter');
  await eventually('the command', () => existsSync(join(server.home(pid), 'count.txt')));

  await tabTo(screen, /^Activity/, { role: 'tab' });
  await screen.press('ArrowRight');
  await screen.press('ArrowRight');
  await screen.until(() => document.activeElement?.matches('[role=tab][aria-selected=true]')
    && /^Files/.test(document.activeElement.innerText));
  await tabTo(screen, /poem\.txt/);
  await screen.press('Enter');
  await screen.see({ text: /the tide is full/ });

  await tabTo(screen, /^Files/, { key: 'Shift+Tab', role: 'tab' });
  await screen.press('ArrowLeft');
  await screen.press('ArrowLeft');
  await tabTo(screen, /^Message Writer/);
  await screen.type('Please');
  await screen.press('Alt+Enter');
  await screen.until(() => document.activeElement.value === 'Please\n');
  await screen.press('Backspace');
  await screen.type(' write down lemon.');
  await screen.press('Enter');
  await screen.see({ text: /Please write down lemon\./ });
  writeFileSync(join(server.home(pid), 'go'), '');
  await screen.see({ test: 'agent-end' });
  assert.equal(readFileSync(join(server.home(pid), 'said.txt'), 'utf8'), 'lemon');

  await screen.press('Alt+n');
  await screen.until(() => document.activeElement?.matches('[data-test=deploy-form] textarea'));
  await screen.type('Wait for rain.');
  await screen.press('Tab');
  await screen.press('Control+a');
  await screen.type('Waiter');
  await screen.press('Control+Enter');
  const waiter = await agentWindow(screen, pid);
  await wire.event('agent.action', waiter);
  await tabTo(screen, /^Stop$/);
  await screen.press('Enter');
  await screen.see({ role: 'alertdialog' });
  await tabTo(screen, /^Stop$/);
  await screen.press('Enter');
  await wire.event('process.exit', waiter);
  await screen.gone({ role: 'alertdialog' });

  await screen.press('Alt+Shift+t');
  await screen.until(() => document.documentElement.dataset.theme === 'light');
  await eventually('the windows are kept', async () => {
    const { value } = await wire.call('preference.get', { key: 'desktop.session' });
    const look = await wire.call('preference.get', { key: 'desktop.look' });
    return JSON.stringify(value).includes(`"${waiter}"`) && look.value?.theme === 'light';
  });
  const before = await screen.script(lying);
  // F5 is the browser's own key.
  await screen.reload();
  await screen.until((count) => document.querySelectorAll('.window').length === count, before.length);
  assert.deepEqual(await screen.script(lying), before);
});

scene('a control that has the focus is seen to have it', { fixtures: FIXTURES }, async ({ screen }) => {
  const unseen = [];
  const names = new Set();
  for (let stop = 0; stop < 40; stop += 1) {
    await screen.press('Tab');
    const { name, role, shown } = await screen.script(focused);
    names.add(name);
    if (!shown && role !== 'body') unseen.push(`${role} ${name}`);
  }
  assert.deepEqual([...new Set(unseen)], []);
  assert.ok(names.size > 8, `Tab goes round few controls: ${[...names].join(' | ')}`);
});

// Notices over the desktop: where they call, and what they leave free.
import assert from 'node:assert/strict';
import { after } from 'node:test';

import { closeBrowser } from './support/chromium.mjs';
import { scene } from './support/scene.mjs';
import { FIXTURES, furnish } from './support/screens.mjs';
import { windowThat } from './support/windows.mjs';

after(closeBrowser);

const calls = () => document.querySelectorAll('.toasts .notice').length;

/** The title bars that a notice lies over: runs in the page. */
function covered() {
  const rect = (element) => element.getBoundingClientRect();
  const notices = [...document.querySelectorAll('.toasts .notice')].map(rect);
  const bars = [...document.querySelectorAll('.window__bar')].filter((bar) => {
    const { left, right, top, bottom } = rect(bar);
    return notices.some((notice) => left < notice.right && right > notice.left && top < notice.bottom && bottom > notice.top);
  });
  return bars.map((bar) => bar.innerText);
}

scene('a notice calls where its agent is not in front, and covers no title bar', {
  fixtures: FIXTURES, before: furnish,
}, async ({ screen, agents }) => {
  await screen.press('Control+Shift+m');
  await windowThat(screen, 'Mission Control', { mode: 'maximised' });
  await screen.until(calls);
  assert.deepEqual(await screen.script(covered), []);

  const publisher = `Publisher #${agents.waits}`;
  await screen.click({ test: `agent-card-${agents.waits}` });
  await windowThat(screen, publisher, { front: true });
  await screen.until(() => document.querySelectorAll('.toasts .notice').length === 0);
  await screen.press('Alt+b');
  await screen.see({ text: /^Publisher wants to use the network$/, within: { css: '.notice-centre' } });
  await screen.press('Escape');
});

scene('what waits for an answer calls again once another window is in front', {
  fixtures: FIXTURES, before: furnish,
}, async ({ screen, agents }) => {
  await screen.until(calls);
  await screen.click({ test: `agent-card-${agents.waits}` });
  await screen.until(() => document.querySelectorAll('.toasts .notice').length === 0);
  await screen.press('Alt+5');
  await windowThat(screen, 'Settings – Models', { front: true });
  await screen.until(calls);
  assert.deepEqual(await screen.script(covered), []);
});

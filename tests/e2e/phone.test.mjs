// A phone: one thing at a time, by thumbs.
import assert from 'node:assert/strict';
import { after } from 'node:test';

import { closeBrowser } from './support/chromium.mjs';
import { scene } from './support/scene.mjs';
import { FIXTURES, furnish } from './support/screens.mjs';

after(closeBrowser);

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
/** The least a thumb can hit, pixels. */
const THUMB = 36;
const TABS = ['Agents', 'Files', 'Terminal', 'Settings', 'Notifications'];

/** Controls that are too small for a thumb, and what is wider than the screen: runs in the page. */
function wrong(least) {
  const seen = (element) => element.getClientRects().length > 0 && getComputedStyle(element).visibility !== 'hidden'
    && !element.closest('[aria-hidden=true], .xterm');
  const small = [...document.querySelectorAll('button, input:not([type=checkbox]):not([type=radio]), select, textarea, [role=tab]')]
    .filter(seen)
    .filter((element) => {
      const { width, height } = element.getBoundingClientRect();
      return width > 0 && (height < least - 0.5 || width < least - 0.5);
    })
    .map((element) => {
      const { width, height } = element.getBoundingClientRect();
      return `${element.className} "${element.getAttribute('aria-label') ?? element.innerText.slice(0, 30)}" is ${Math.round(width)} x ${Math.round(height)}`;
    });
  return { small, wide: document.documentElement.scrollWidth > innerWidth ? document.documentElement.scrollWidth : null };
}

scene('every app is one tap away, fits, and can be hit by a thumb', {
  fixtures: FIXTURES, options: PHONE, before: furnish,
}, async ({ screen }) => {
  await screen.see({ role: 'navigation', name: 'Apps' });
  const found = {};
  for (const tab of TABS) {
    await screen.click({ role: 'button', name: new RegExp(`^${tab}`), within: { role: 'navigation', name: 'Apps' } });
    await screen.see({ css: '.tab-bar__tab[aria-current=page]' });
    await screen.until(() => !document.querySelector('.skeleton'));
    const { small, wide } = await screen.script(wrong, THUMB);
    if (small.length > 0 || wide) found[tab] = { small, wide };
  }
  assert.deepEqual(found, {});
});

scene('an agent is answered, opened and left again', {
  fixtures: FIXTURES, options: PHONE, before: furnish,
}, async ({ screen, agents }) => {
  await screen.click({ role: 'button', name: 'Details', within: { css: '.toasts' } });
  const window = { test: `agent-window-${agents.waits}` };
  await screen.see(window);
  const { small, wide } = await screen.script(wrong, THUMB);
  assert.deepEqual({ small, wide }, { small: [], wide: null });
  await screen.click({ role: 'button', name: /^Approve/, within: window });
  await screen.gone({ test: 'agent-ask' });
  await screen.click({ role: 'button', name: 'Back' });
  await screen.see({ test: `agent-card-${agents.waits}` });
});

scene('turned on its side it is still a phone, and a desktop made narrow comes back as it was', {
  options: PHONE,
}, async ({ screen }) => {
  await screen.see({ role: 'navigation', name: 'Apps' });
  await screen.page.setViewportSize({ width: 844, height: 390 });
  await screen.see({ role: 'button', name: 'File' });
  await screen.page.setViewportSize({ width: 390, height: 844 });
  await screen.see({ role: 'navigation', name: 'Apps' });
});

// A second factor is set up in the real window, and its recovery codes land in a file there.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { eventually } from './support/eventually.mjs';
import { scene } from './support/scene.mjs';
import { AppWindow } from './support/window.mjs';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The code of this moment (RFC 6238), from a key as people type it. */
function code(key) {
  const bits = [...key.replaceAll(/[^A-Z2-7]/g, '')].map((sign) => ALPHABET.indexOf(sign).toString(2).padStart(5, '0')).join('');
  const bytes = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const hash = createHmac('sha1', bytes).update(step).digest();
  const number = hash.readUInt32BE(hash.at(-1) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

scene('recovery codes are saved from the window', { Screen: AppWindow }, async ({ screen, server }) => {
  await screen.press('Control+k');
  await screen.see({ css: '.smart-bar input' });
  await screen.type('Settings');
  await screen.press('Enter');
  await screen.click({ role: 'button', name: 'Account' });
  await screen.click({ role: 'button', name: /^Set up/ });
  await screen.see({ css: '[data-test=mfa-secret]' });
  const key = await screen.script(() => document.querySelector('[data-test=mfa-secret]').textContent);
  await screen.fill({ css: '[role=dialog] input' }, code(key));
  await screen.press('Enter');
  await screen.see({ css: '[data-test=recovery-codes]' });
  const codes = await screen.script(() => [...document.querySelectorAll('[data-test=recovery-codes] li')].map((one) => one.textContent));
  assert.ok(codes.length >= 8, `${codes.length} codes`);
  await screen.click({ role: 'button', name: 'Download' });
  const folder = join(server.root, 'Downloads');
  const name = await eventually('the file', async () => readdirSync(folder).find((name) => /^aether-recovery-codes.*\.txt$/.test(name)));
  const text = await eventually('its text', async () => readFileSync(join(folder, name), 'utf8'));
  for (const one of codes) assert.ok(text.includes(one), `${one} is not in ${text}`);
});

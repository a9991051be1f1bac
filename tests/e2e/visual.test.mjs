// How every screen looks: dark, light and on a phone, compared with the pictures in `snapshots`.
import assert from 'node:assert/strict';
import { after } from 'node:test';

import { closeBrowser } from './support/chromium.mjs';
import { compare } from './support/picture.mjs';
import { scene, signIn } from './support/scene.mjs';
import { FIXTURES, SCREENS, furnish, setTheme, show } from './support/screens.mjs';

after(closeBrowser);

const DESKTOP = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

for (const [kind, theme, options] of [['dark', 'dark', DESKTOP], ['light', 'light', DESKTOP], ['phone', 'dark', PHONE]]) {
  scene(`every screen looks as it is kept: ${kind}`, {
    fixtures: FIXTURES, options: { ...options, colorScheme: theme }, signedIn: false, timeout: 400_000,
    before: async (stage) => {
      await furnish(stage);
      await setTheme(stage, theme);
    },
  }, async (stage) => {
    const wrong = [];
    const take = async (name) => wrong.push(await compare(stage.screen, `${kind}-${name}`));
    await stage.screen.see({ role: 'button', name: 'Sign in' });
    await take('sign-in');
    await signIn(stage.screen);
    for (const one of SCREENS.filter(({ wide }) => !(wide && kind === 'phone'))) {
      await show(stage, one, kind === 'phone');
      await take(one.name);
    }
    assert.deepEqual(wrong.filter(Boolean), []);
  });
}

// axe-core on every screen, in both themes and on a phone.
import assert from 'node:assert/strict';
import { after } from 'node:test';

import { findings } from './support/axe.mjs';
import { closeBrowser } from './support/chromium.mjs';
import { scene, signIn } from './support/scene.mjs';
import { FIXTURES, SCREENS, furnish, setTheme, show } from './support/screens.mjs';

after(closeBrowser);

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };

for (const [title, options, themes] of [['the desktop', {}, ['dark', 'light']], ['a phone', PHONE, ['dark']]]) {
  scene(`nothing on ${title} shuts anybody out`, {
    fixtures: FIXTURES, options, signedIn: false, timeout: 400_000,
    before: furnish,
  }, async (stage) => {
    const { screen } = stage;
    const grave = [];
    await screen.see({ role: 'button', name: 'Sign in' });
    grave.push(...await findings(screen, 'sign-in'));
    await signIn(screen);
    for (const theme of themes) {
      await setTheme(stage, theme);
      for (const one of SCREENS.filter(({ wide }) => !(wide && options === PHONE))) {
        await show(stage, one, options === PHONE);
        grave.push(...await findings(screen, `${one.name} (${theme})`));
      }
    }
    assert.equal(grave.length, 0, `${grave.length} findings:\n${grave.join('\n')}`);
  });
}

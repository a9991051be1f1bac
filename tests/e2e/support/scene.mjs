// A test on a screen: what it starts is ended, and where it fails, what was seen and said is left behind.
import { test } from 'node:test';
import { writeFileSync } from 'node:fs';

import { Chromium } from './chromium.mjs';
import { Model } from './model.mjs';
import { evidence } from './places.mjs';
import { PASSWORD, Server } from './server.mjs';

/**
 * Defines a test. `setting` says what it needs: `fixtures` for a model server, `env` for the server, `options` for the
 * browser's context, `Screen` for another kind of screen; `signedIn: false` leaves it at the sign-in; `welcome: true` has
 * the person welcomed as on their first visit.
 */
export function scene(name, setting, play) {
  test(name, { timeout: setting.timeout ?? 90_000 }, async () => {
    const ends = [];
    const stage = { ends };
    try {
      if (setting.fixtures) {
        stage.model = await Model.start(setting.fixtures, setting.modelWords);
        ends.push(() => stage.model.stop());
      }
      const Screen = setting.Screen ?? Chromium;
      const server = await Screen.server?.(stage.model) ?? await Server.start({ model: stage.model, env: setting.env });
      stage.server = server;
      ends.push(() => server.stop());
      stage.wire = await server.wire();
      ends.push(() => stage.wire.close());
      if (!setting.welcome) await stage.wire.call('preference.set', { key: 'desktop.welcomed', value: true });
      await setting.before?.(stage);
      stage.screen = await Screen.open(server, setting.options);
      ends.push(() => stage.screen.close());
      await stage.screen.goto(setting.path);
      if (setting.signedIn !== false) await signIn(stage.screen);
      await play(stage);
    } catch (error) {
      await leaveEvidence(name, stage, error);
      throw error;
    } finally {
      for (const end of ends.reverse()) await end();
    }
  });
}

/** Signs the administrator in and waits for the desktop. */
export async function signIn(screen, password = PASSWORD) {
  if (screen.asksWho) {
    await screen.fill({ role: 'textbox', name: 'Username' }, 'admin');
    await screen.fill({ css: 'input[type=password]' }, password);
    await screen.press('Enter');
  }
  await screen.see({ css: '.desktop' });
}

async function leaveEvidence(name, { screen, server }, error) {
  if (!screen) return;
  const picture = await screen.screenshot(name).catch((failed) => `none (${failed.message})`);
  const said = [...(screen.log ?? []), '', 'server:', ...(server?.child?.lines ?? [])].join('\n');
  const log = evidence(`${name}.log`);
  writeFileSync(log, said);
  error.message += `\n  picture: ${picture}\n  console and server: ${log}`;
}

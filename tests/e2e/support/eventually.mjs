import { setTimeout as pause } from 'node:timers/promises';

import { PATIENCE } from './chromium.mjs';

/** Asks again until the answer is true, and gives it. For what nobody tells us of. */
export async function eventually(what, ask, patience = PATIENCE) {
  const by = Date.now() + patience;
  let last;
  do {
    try {
      last = await ask();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    await pause(50); // between two questions
  } while (Date.now() < by);
  throw new Error(`${what}: not within ${patience} ms; at last ${last instanceof Error ? last.message : JSON.stringify(last)}`);
}

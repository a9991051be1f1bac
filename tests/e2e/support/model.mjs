// A model server by others (aimock), which answers by fixtures and refuses what none of them matches.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { end, freePort, start } from './child.mjs';
import { modelServer } from './places.mjs';

export class Model {
  /** Starts one that answers by `fixtures`; `words` are more words for its command line. */
  static async start(fixtures, words = []) {
    const model = new Model();
    model.folder = mkdtempSync(join(tmpdir(), 'aether-model-'));
    const file = join(model.folder, 'fixtures.json');
    writeFileSync(file, JSON.stringify({ fixtures }));
    const port = await freePort();
    const all = [modelServer, '-p', String(port), '--strict', '--chunk-size', '7', ...words, '-f', file];
    model.child = await start(process.execPath, all, { env: { PATH: process.env.PATH }, ready: /listening|http:\/\// });
    model.env = { OPENAI_API_KEY: 'test-key', OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1` };
    return model;
  }

  async stop() {
    await end(this.child);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The model that agents of tests are deployed with. */
export const MODEL = 'openai:gpt-4.1';

/** A fixture: what the model says as its reply number `turn` to an agent whose goal contains `goal`. */
export function reply(goal, turn, content, ...toolCalls) {
  const usage = { prompt_tokens: 90, completion_tokens: 10 };
  return { match: { userMessage: goal, turnIndex: turn }, response: { content, toolCalls, usage } };
}

export function call(name, args) {
  return { name, arguments: args };
}

// An Aether server in a process of its own, on a folder of its own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { end, start } from './child.mjs';
import { ours, page } from './places.mjs';
import { Wire } from './wire.mjs';

export const PASSWORD = 'correct horse battery';
/** Nothing listens there: an agent that asks this model server waits for it. */
const NO_MODEL = { OLLAMA_HOST: 'http://127.0.0.1:1' };

export class Server {
  /** Starts one. `model` is a `Model` it asks; `env` is more of its environment. */
  static async start({ model, env = {} } = {}) {
    const server = new Server();
    server.root = mkdtempSync(join(tmpdir(), 'aether-e2e-'));
    server.env = {
      PATH: process.env.PATH,
      HOME: server.root,
      AETHER_FS_ROOT: server.root,
      AETHER_ADMIN_PASSWORD: PASSWORD,
      AETHER_RATE_LIMIT: '0',
      AETHER_KEYRING: '0',
      AETHER_LOG_LEVEL: process.env.AETHER_TEST_LOG ? 'debug' : 'error',
      AETHER_UI: page,
      ...NO_MODEL,
      ...model?.env,
      ...env,
    };
    await server.#open(0);
    return server;
  }

  async #open(port) {
    this.child = await start(ours('aetherd'), ['--port', String(port)], { env: this.env, ready: /^\s*Data/ });
    const url = this.child.lines.map((line) => /^\s*Open\s+(\S+)/.exec(line)?.[1]).find(Boolean);
    this.url = url;
    this.port = Number(new URL(url).port);
  }

  /** Kills it without warning. */
  async kill() {
    await end(this.child);
  }

  /** Starts it again, on the same folder and the same port. */
  async again() {
    await this.#open(this.port);
  }

  async stop() {
    await end(this.child);
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
  }

  async token(username = 'admin', password = PASSWORD) {
    const body = JSON.stringify({ username, password });
    const head = { 'content-type': 'application/json' };
    const answer = await fetch(`${this.url}/api/auth/login`, { method: 'POST', headers: head, body });
    const data = await answer.json();
    if (!answer.ok) throw new Error(`sign-in of ${username}: ${answer.status} ${JSON.stringify(data)}`);
    return data.token;
  }

  /** A socket of the administrator, for what a test has to set up or to compare with. */
  async wire() {
    return Wire.open(this.url, await this.token());
  }

  /** The home of an agent on this disk. */
  home(pid) {
    return join(this.root, `home/agent_${pid}`);
  }
}

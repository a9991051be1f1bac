// A client of `aether.2`, for what a test has to set up and for what it compares the screen with.
import WebSocket from 'ws';

import { MODEL } from './model.mjs';

/** Entries of a trajectory that are asked for at a time. */
const PAGE = 500;

export class Wire {
  /** Over TCP, with a token. */
  static open(url, token) {
    return Wire.#over(`${url.replace('http', 'ws')}/kernel`, token);
  }

  /** Over the socket of a kernel on this machine, as its owner. */
  static local(path) {
    return Wire.#over(`ws+unix://${path}:/kernel`);
  }

  static async #over(address, token) {
    const wire = new Wire();
    wire.asked = 0;
    wire.pending = new Map();
    wire.events = [];
    wire.waiting = [];
    wire.socket = new WebSocket(address, 'aether.2');
    await new Promise((resolve, reject) => {
      wire.socket.once('error', reject);
      wire.socket.once('open', () => wire.socket.send(JSON.stringify({ type: 'hello', token })));
      wire.socket.on('message', (data, binary) => {
        if (binary) return;
        const frame = JSON.parse(data.toString());
        for (const one of Array.isArray(frame) ? frame : [frame]) {
          if (one.type === 'welcome') {
            wire.welcome = one;
            resolve();
          } else wire.#take(one);
        }
      });
    });
    wire.socket.on('error', () => {});
    return wire;
  }

  #take(frame) {
    const pending = this.pending.get(frame.id);
    if (pending && frame.type.startsWith('response.')) {
      this.pending.delete(frame.id);
      if (frame.type === 'response.ok') pending.resolve(frame.data);
      else pending.reject(new Error(`${pending.type}: ${frame.error}`));
      return;
    }
    this.events.push(frame);
    this.waiting = this.waiting.filter(({ is, resolve }) => !is(frame) || (resolve(frame), false));
  }

  /** Has a command done and gives its data. */
  call(type, fields = {}) {
    this.asked += 1;
    const id = `t${this.asked}`;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject, type });
      this.socket.send(JSON.stringify({ ...fields, type, id }));
    });
  }

  /** The first event of this type and agent, whether it has come already or comes now. */
  event(type, pid) {
    const is = (frame) => frame.type === type && (pid === undefined || frame.pid === pid);
    const known = this.events.find(is);
    return known ?? new Promise((resolve) => this.waiting.push({ is, resolve }));
  }

  /** Deploys an agent and gives its pid. */
  async deploy(goal, more = {}) {
    const config = { role: 'Coder', goal, model: MODEL, maxSteps: 20, ...more };
    return (await this.call('process.spawn', { config })).pid;
  }

  /** The whole trajectory of an agent, oldest first. */
  async trajectory(pid) {
    const entries = [];
    for (;;) {
      const page = await this.call('agent.trajectory', { pid, before: entries[0]?.n, limit: PAGE });
      entries.unshift(...page.entries);
      if (page.entries.length < PAGE) return entries;
    }
  }

  close() {
    this.socket.close();
  }
}

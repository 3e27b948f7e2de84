// The WebAssembly modules: each is loaded when it is first needed, once, and again after a failure or when an instance has died.

import { Go } from '../dist/go.js';
import { TokenError } from './token_error.js';
import { FORGET, read, write } from './wire.js';

/** @typedef {import('./wire.js').Fields} Fields */

/** An instance that runs. It ends for good when it traps or panics; what it held was a copy of its input. */
class Instance {
  /** @type {any} */ #go;
  /** @type {any} */ #exports;
  /** @type {Uint8Array} */ #view = new Uint8Array();
  #buffer = (/** @type {number} */ size) => this.#bufferOf(size);

  /** @param {any} go @param {WebAssembly.Instance} instance */
  constructor(go, instance) {
    this.#go = go;
    this.#exports = instance.exports;
  }

  /** @param {number} size */
  #bufferOf(size) {
    const address = this.#exports.buffer(size) >>> 0;
    const memory = this.#exports.mem.buffer;
    if (this.#view.buffer !== memory) { // memory that has grown detaches every view of it
      this.#view = new Uint8Array(memory);
    }
    return this.#view.subarray(address);
  }

  /**
   * Carries out an operation, without a wait. It throws a TokenError that the module made, or what WebAssembly throws.
   *
   * @param {number} op
   * @param {Fields} fields
   */
  call(op, fields) {
    const length = this.#exports.call(op, write(fields, this.#buffer)) >>> 0;
    if (this.#go.exited) {
      throw new WebAssembly.RuntimeError('the instance has ended');
    }
    return read(this.#bufferOf(0).subarray(0, length));
  }
}

/** One of the two builds. Nothing is loaded before it is needed: a Cloudflare Worker could not start Go in its global scope. */
export class Module {
  /** How this runtime gets the compiled module. Without it there is none. @type {(() => Promise<WebAssembly.Module>) | undefined} */
  load;
  /** @type {Promise<WebAssembly.Module> | undefined} */
  #compiled;
  /** @type {Promise<Instance> | undefined} */
  #starting;
  /** @type {Instance | undefined} */
  #running;

  /** @param {Module['load']} [load] */
  constructor(load) {
    this.load = load;
  }

  /** @returns {Promise<Instance>} */
  async #start() {
    try {
      this.#compiled ??= /** @type {NonNullable<Module['load']>} */ (this.load)();
      const module = await this.#compiled;
      const go = new Go();
      const instance = await WebAssembly.instantiate(module, go.importObject);
      await Promise.race([go.run(instance), undefined]); // it throws at once, or returns when the instance ends, which call notices
      if (go.exited) {
        throw new Error('the module ended as it started');
      }
      return (this.#running = new Instance(go, instance));
    } catch (cause) {
      this.#compiled = undefined; // the next call tries again
      throw new TokenError('module_failed', `the WebAssembly module could not be started: ${/** @type {Error} */ (cause)?.message ?? cause}`, { cause });
    } finally {
      this.#starting = undefined;
    }
  }

  /** Loads the module, if it isn't there. */
  async ready() {
    if (this.#running === undefined) {
      await (this.#starting ??= this.#start());
    }
  }

  /**
   * Carries out an operation. If the instance dies of it, a new one does it again: an operation has no effect but its answer.
   *
   * @param {number} op
   * @param {Fields} fields
   */
  async perform(op, fields) {
    for (let attempt = 1; ; attempt++) {
      const answer = this.#call(this.#running ?? (await (this.#starting ??= this.#start())), op, fields);
      if (answer !== undefined) {
        return answer;
      }
      if (attempt === 2) {
        throw new TokenError('internal', 'the WebAssembly module failed twice: please report it with the shape of the configuration, without its secrets');
      }
    }
  }

  /**
   * Carries out an operation without a wait, which only an instance that runs can do. If it dies of it, another is started meanwhile.
   *
   * @param {number} op
   * @param {() => Fields} message is called if there is an instance
   */
  performNow(op, message) {
    const instance = this.#running;
    if (instance === undefined) {
      throw notReady('the WebAssembly module is not running: await ready(), which starts it, and call again');
    }
    const answer = this.#call(instance, op, message());
    if (answer === undefined) {
      this.ready().catch(() => {}); // whoever awaits it hears of it
      throw notReady('the WebAssembly module ended as it carried this out, and another is being started: await ready() and call again');
    }
    return answer;
  }

  /**
   * Has an instance carry out an operation. It returns undefined if the instance died of it, and throws the TokenError that it answers.
   *
   * @param {Instance} instance
   * @param {number} op
   * @param {Fields} fields
   */
  #call(instance, op, fields) {
    try {
      return instance.call(op, fields);
    } catch (error) {
      if (error instanceof TokenError) {
        throw error;
      }
      if (this.#running === instance) {
        this.#running = undefined;
      }
      return undefined;
    }
  }

  /** Has an instance that runs forget a configuration. @param {Fields} configuration */
  forget(configuration) {
    if (this.#running !== undefined) {
      this.#call(this.#running, FORGET, configuration); // with one that dies of it goes what it held
    }
  }
}

/** The same call works later. @param {string} message */
const notReady = (message) => Object.assign(new TokenError('not_ready', message), { retryable: true });

/** The module that does everything but sign with a private key. */
export const lite = new Module();

/** The one that signs, too, for a page without WebCrypto. Other runtimes don't have it. */
export const whole = new Module();

/** Loads the module, if it isn't there. Nobody needs to call it; a server may, to be ready for its first request. */
export const ready = () => lite.ready();

/** Carries out an operation. @type {Module['perform']} */
export const perform = (op, fields) => lite.perform(op, fields);

/** Carries out an operation at once. @type {Module['performNow']} */
export const performNow = (op, message) => lite.performNow(op, message);

/** Has the modules forget a configuration. @param {Fields} configuration */
export const forget = (configuration) => [lite, whole].forEach((module) => module.forget(configuration));

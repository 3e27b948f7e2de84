import type { WebAssemblyModule } from './types.js';

/** What bundlers for Workers make of the file: a compiled module. */
declare const module: WebAssemblyModule;
export default module;

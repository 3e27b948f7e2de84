import type { WebAssemblyModule } from './types.js';

/** Bundlers for Workers make a compiled module of the file. */
declare const module: WebAssemblyModule;
export default module;

// What the CommonJS build takes from Node: jest's environment jsdom has no such globals.
export { TextDecoder, TextEncoder } from 'node:util';

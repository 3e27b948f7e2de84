// What a hostile archive costs. js/test/archives.js runs the archives that Go reads too.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';

import { treehubOf } from '../../credentials/archive.js';
import { Inflate } from '../../credentials/fflate.js';

/**
 * Makes an archive, whose local headers have no names, as nobody reads those.
 *
 * @param {{ name: string, data?: Uint8Array, size?: number }[]} entries
 */
function archiveOf(entries) {
  const [files, directory] = [/** @type {Uint8Array[]} */ ([]), /** @type {Uint8Array[]} */ ([])];
  let at = 0;
  for (const { name, data = new Uint8Array(), size = data.length } of entries) {
    const [local, central] = [Buffer.alloc(30), Buffer.alloc(46)];
    local.writeUInt32LE(0x04034b50);
    central.writeUInt32LE(0x02014b50);
    central.writeUInt16LE(8, 10);
    central.writeUInt32LE(data.length, 20);
    central.writeUInt32LE(size, 24);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(at, 42);
    files.push(local, data);
    directory.push(central, Buffer.from(name, 'latin1'));
    at += 30 + data.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(at, 16);
  return new Uint8Array(Buffer.concat([...files, ...directory, end]));
}

/** What a call throws, and how much it inflated. @param {() => unknown} f */
function inflatedBy(f) {
  const { push } = /** @type {any} */ (Inflate).prototype;
  let bytes = 0;
  /**
   * @type {any} */ (Inflate).prototype.push = function (/**
   * @type {Uint8Array} */ data, /**
   * @type {boolean}
   */
  final) {
    const { ondata } = this;
    this.ondata = (/** @type {Uint8Array} */ chunk, /** @type {boolean} */ last) => {
      bytes += chunk.length;
      ondata(chunk, last);
    };
    push.call(this, data, final);
    this.ondata = ondata;
  };
  try {
    assert.throws(f, {
      code: 'invalid_credentials',
      message: /treehub\.json in the ZIP archive is damaged, or an archive bomb/,
    });
  } finally {
    /** @type {any} */ (Inflate).prototype.push = push;
  }
  return bytes;
}

test('a bomb is inflated a step further than it says, however large it is', () => {
  // what 1 KiB of DEFLATE can become (zlib.net, "Maximum Compression Factor")
  const STEP = 1032 << 10;
  for (const size of [1, 600, 100_000]) {
    const [one, four] = [8, 32].map((mib) => {
      const data = deflateRawSync(Buffer.alloc(mib << 20), { level: 9 });
      return inflatedBy(() => treehubOf(archiveOf([{ name: 'treehub.json', data, size }])));
    });
    assert.ok(one > size && one <= size + STEP, `${one} bytes`);
    assert.equal(four, one);
  }
});

test('names cost what they are long, and those that are too long for a path are not looked at', () => {
  const { fromCharCode } = String;
  for (const name of ['\\', '/', ':', '/..', 'a/treehub.json/', 'a\\treehub.json\\']) {
    const made = [1, 4].map((times) => {
      const archive = archiveOf(
        Array.from({ length: 60 * times }, () => ({ name: name.repeat(65_535).slice(0, 65_535) })),
      );
      let characters = 0;
      String.fromCharCode = (...codes) => ((characters += codes.length), fromCharCode(...codes));
      try {
        assert.throws(() => treehubOf(archive), {
          code: 'invalid_credentials',
          message: /has no treehub\.json in its root, so it is no credentials\.zip/,
        });
      } finally {
        String.fromCharCode = fromCharCode;
      }
      return characters;
    });
    assert.deepEqual(made, [0, 0], name);
  }
});

test('of more entries than an archive may have, the next is the last that is read', () => {
  const archive = archiveOf(Array.from({ length: 60_000 }, () => ({ name: 'a' })));
  const { getUint32 } = DataView.prototype;
  let reads = 0;
  DataView.prototype.getUint32 = function (...args) {
    reads++;
    return getUint32.apply(this, args);
  };
  try {
    assert.throws(() => treehubOf(archive), {
      code: 'invalid_credentials',
      message: /has more than 1024 entries/,
    });
  } finally {
    DataView.prototype.getUint32 = getUint32;
  }
  assert.ok(reads < 10_000, `${reads} numbers were read`);
});

"""Makes the archives of this folder, and archives.json, which says what must come out of each. It needs nothing but Python's zipfile:

    python3 generate.py

What zipfile doesn't make is made of what it does by changing bytes. Nothing here is random, but another zlib may compress differently.
"""

import io
import json
import os
import struct
import sys
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
NAME = 'treehub.json'
WHEN = (2024, 1, 2, 3, 4, 6)
SERVER = 'https://ota.auth.eu-west-1.amazoncognito.com/oauth2/token'
OAUTH2 = {'server': SERVER, 'client_id': '4o0vunp4f8u9example1client', 'client_secret': '1h7q2kexample9secret', 'scope': 'namespace.f1a2b3c4'}
OSTREE = {'server': 'https://treehub.ota.api.here.com:443/api/v3'}
TREEHUB = json.dumps({'oauth2': OAUTH2, 'ostree': OSTREE}, indent=2).encode()
CONFIG = {'provider': 'ota-connect', 'tokenEndpoint': SERVER, 'clientId': OAUTH2['client_id'], 'clientSecret': OAUTH2['client_secret'], 'scope': OAUTH2['scope']}
LEGACY = json.dumps({'oauth2': {**OAUTH2, 'server': 'https://auth-plus.ota.example'}, 'ostree': OSTREE}).encode()
LEGACY_CONFIG = {**{k: v for k, v in CONFIG.items() if k != 'scope'}, 'tokenEndpoint': 'https://auth-plus.ota.example/token'}
NO_OAUTH2 = json.dumps({'ostree': OSTREE}).encode()

# The other members of a credentials.zip (aktualizr, docs/credentials.adoc). Their contents are none: nobody may look at them.
SECRET = b'NEVER-OPENED-' * 8
OTHERS = ['api_gateway.url', 'autoprov.url', 'autoprov_credentials.p12', 'root.json', 'targets.pub', 'targets.sec', 'tufrepo.url']
OLDER = ['client.crt', 'client.key', 'root.crt', 'autoprov.url', 'autoprov_credentials.p12']

AGAIN = '; download it again from the OTA Connect portal'
UNPACK = '; unpack it, and give its treehub.json'
FOR_A_TOKEN = '; for a token download a provisioning credential from the OTA Connect portal whose treehub.json has an "oauth2" block'
NO_CREDENTIALS = 'so it is no credentials.zip'
CUT_OFF = 'the ZIP archive is cut off: its directory, which is at its end, is missing' + AGAIN
BROKEN = "the ZIP archive is broken: its directory can't be read" + AGAIN
DAMAGED = 'treehub.json in the ZIP archive is damaged, or an archive bomb: its content is not what the archive says' + AGAIN
LEADS_OUT = 'the ZIP archive has a treehub.json whose path leads out of the archive, ' + NO_CREDENTIALS

archives = []


def save(name, comment, content, want):
    """Keeps an archive, with the configuration or the error that must come of it."""
    with open(os.path.join(HERE, name), 'wb') as file:
        file.write(content)
    archives.append({'file': name, 'comment': comment, **({'want': want} if isinstance(want, dict) else {'error': want})})


class Stream(io.BytesIO):
    """A file that can't be sought in, so that zipfile writes data descriptors."""

    def seekable(self):
        return False

    def seek(self, *_):
        raise io.UnsupportedOperation

    def tell(self):
        raise io.UnsupportedOperation


def pack(members, method=zipfile.ZIP_DEFLATED, stream=False, comment=b'', zip64=False):
    """Makes an archive of (name, content) pairs."""
    out = Stream() if stream else io.BytesIO()
    with zipfile.ZipFile(out, 'w') as archive:
        archive.comment = comment
        for name, content in members:
            info = zipfile.ZipInfo('x', WHEN)
            info.filename = name  # as it is: the constructor would change \\ and what follows a NUL
            info.compress_type = method if content else zipfile.ZIP_STORED
            info.external_attr = 0o600 << 16
            with archive.open(info, 'w', force_zip64=zip64) as member:
                member.write(content)
    return bytearray(out.getvalue())


def usual(treehub=TREEHUB, names=OTHERS):
    """The members of a usual archive."""
    return [(name, SECRET) for name in names] + [(NAME, treehub)]


def central(archive, name=NAME):
    """Where the directory's header for a name begins."""
    at = -1
    while True:
        at = archive.index(b'PK\x01\x02', at + 1)
        length = struct.unpack_from('<H', archive, at + 28)[0]
        if archive[at + 46:at + 46 + length] == name.encode():
            return at


def local(archive, name=NAME):
    """Where the entry of a name begins."""
    return struct.unpack_from('<I', archive, central(archive, name) + 42)[0]


def data(archive, name=NAME):
    """Where the content of a name begins."""
    at = local(archive, name)
    length, extra = struct.unpack_from('<HH', archive, at + 26)
    return at + 30 + length + extra


def changed(archive, *changes, name=NAME):
    """Changes the header of a name, in the directory and before the entry: (offset in the directory's header, format, value)."""
    archive = bytearray(archive)
    for offset, form, value in changes:
        struct.pack_into(form, archive, central(archive, name) + offset, value)
        if 8 <= offset < 28:
            struct.pack_into(form, archive, local(archive, name) + offset - 2, value)
    return archive


FLAGS, METHOD, CRC, COMPRESSED, SIZE, OFFSET = 8, 10, 16, 20, 24, 42


def as_zip64(members):
    """An archive whose every number is in the fields of zip64 (APPNOTE 4.3.14, 4.3.15, 4.5.3)."""
    archive = pack(members)
    end = archive.index(b'PK\x05\x06')
    count, size, start = struct.unpack_from('<HII', archive, end + 10)
    headers, at = b'', start
    for _ in range(count):
        length = struct.unpack_from('<H', archive, at + 28)[0]
        fixed, name = bytearray(archive[at:at + 46]), archive[at + 46:at + 46 + length]
        compressed, plain = struct.unpack_from('<II', fixed, COMPRESSED)
        offset = struct.unpack_from('<I', fixed, OFFSET)[0]
        extra = struct.pack('<HHB', 0x7875, 1, 0) + struct.pack('<HHQQQ', 1, 24, plain, compressed, offset)
        struct.pack_into('<II', fixed, COMPRESSED, 0xffffffff, 0xffffffff)
        struct.pack_into('<I', fixed, OFFSET, 0xffffffff)
        struct.pack_into('<H', fixed, 30, len(extra))
        headers += bytes(fixed) + bytes(name) + extra
        at += 46 + length
    end64 = struct.pack('<4sQHHIIQQQQ', b'PK\x06\x06', 44, 45, 45, 0, 0, count, count, len(headers), start)
    locator = struct.pack('<4sIQI', b'PK\x06\x07', 0, start + len(headers), 1)
    last = struct.pack('<4sHHHHIIH', b'PK\x05\x06', 0, 0, 0xffff, 0xffff, 0xffffffff, 0xffffffff, 0)
    made = bytes(archive[:start]) + headers + end64 + locator + last
    with zipfile.ZipFile(io.BytesIO(made)) as check:
        assert check.read(NAME) == dict(members)[NAME]
    return bytearray(made)


plain = pack(usual())

# ---- What must work
save('credentials.zip', 'as it is downloaded', plain, CONFIG)
save('stored.zip', 'nothing is compressed', pack(usual(), zipfile.ZIP_STORED), CONFIG)
save('older.zip', 'an older one: certificates, and a server without /token', pack(usual(LEGACY, OLDER)), LEGACY_CONFIG)
save('alone.zip', 'treehub.json alone', pack([(NAME, TREEHUB)]), CONFIG)
save('first.zip', 'treehub.json first, and a folder', pack([(NAME, TREEHUB), ('keys/', b''), ('keys/targets.sec', SECRET)]), CONFIG)
save('streamed.zip', 'with data descriptors', pack(usual(), stream=True), CONFIG)
save('zip64.zip', 'zip64 all over', as_zip64(usual()), CONFIG)
save('zip64-local.zip', 'zip64 before the entries', pack(usual(), zip64=True), CONFIG)
save('comment.zip', 'with a comment', pack(usual(), comment=b'a comment ' * 200), CONFIG)
save('preceded.zip', 'with something before the archive', b'PK\x03\x04 and more' + bytes(plain), CONFIG)
save('tls-and-oauth2.zip', 'client_auth.p12 beside an oauth2 block: that is what a token needs', pack([('client_auth.p12', SECRET)] + usual()), CONFIG)
save('two-paths.zip', 'a treehub.json elsewhere too: that in the root counts', pack([('../treehub.json', NO_OAUTH2), ('old/treehub.json', NO_OAUTH2)] + usual()), CONFIG)
save('names.zip', 'names that are no ASCII', pack([('schlüssel/ключ.sec', SECRET)] + usual()), CONFIG)

closed = plain
for other, flag, method in (('targets.sec', 1, 8), ('autoprov_credentials.p12', 0, 99), ('root.json', 0, 14)):
    closed = changed(closed, (FLAGS, '<H', flag), (METHOD, '<H', method), (CRC, '<I', 1), (SIZE, '<I', 0xfffffff0), name=other)
closed[data(closed, 'targets.sec')] ^= 0xff
save('others-broken.zip', 'the other members are encrypted, broken and immense: nobody opens them', closed, CONFIG)

# ---- What is no credentials.zip
save('nothing.zip', 'empty', pack([]), 'the ZIP archive is empty' + AGAIN)
save('none.zip', 'without treehub.json', pack([('README.txt', b'x'), ('treehub.json.bak', TREEHUB)]), 'the ZIP archive has no treehub.json in its root, ' + NO_CREDENTIALS + ': that is a provisioning credential from the OTA Connect portal')
save('folder.zip', 'in a folder', pack([('credentials/treehub.json', TREEHUB)]), 'the ZIP archive has a treehub.json in a folder, but none in its root' + UNPACK)
for number, path in enumerate(['../treehub.json', '/treehub.json', 'a/../../treehub.json', '..\\treehub.json', 'C:\\treehub.json', 'C:treehub.json']):
    save(f'path-{number + 1}.zip', 'a path that leads out: ' + path, pack([(path, TREEHUB)]), LEADS_OUT)
save('nested.zip', 'an archive in an archive', pack([('credentials.zip', bytes(plain))]), 'the ZIP archive has no treehub.json in its root, but another archive: unpack it, and give the one in it')
save('nested-as-treehub.zip', 'an archive in place of treehub.json', pack([(NAME, bytes(plain))]), 'the credentials file "treehub.json" is a ZIP archive')
save('twice.zip', 'treehub.json twice', pack([(NAME, TREEHUB), ('treehub_json', LEGACY)]).replace(b'treehub_json', b'treehub.json'), 'the ZIP archive has treehub.json twice' + AGAIN)
save('tls.zip', 'for TLS client authentication', pack([('client_auth.p12', SECRET)] + usual(NO_OAUTH2)), 'the ZIP archive has client_auth.p12, and its treehub.json has no "oauth2" block: it is for TLS client authentication' + FOR_A_TOKEN)
save('tls-without-treehub.zip', 'for TLS client authentication, without treehub.json', pack([('client_auth.p12', SECRET), ('tufrepo.url', SECRET)]), 'the ZIP archive has client_auth.p12 and no treehub.json: it is for TLS client authentication' + FOR_A_TOKEN)
save('many.zip', '1,025 entries', pack([(NAME, TREEHUB)] + [(str(i), b'') for i in range(1024)]), 'the ZIP archive has more than 1024 entries, ' + NO_CREDENTIALS)
save('as-many-as-may-be.zip', '1,024 entries', pack([(NAME, TREEHUB)] + [(str(i), b'') for i in range(1023)]), CONFIG)
save('empty-treehub.zip', 'treehub.json is empty', pack(usual(b'')), 'the credentials file "treehub.json" is empty')
save('html.zip', 'treehub.json is a page', pack(usual(b'<!doctype html><html></html>')), 'the credentials file "treehub.json" is an HTML page')
save('no-secret.zip', 'a field is missing', pack(usual(json.dumps({'oauth2': {**OAUTH2, 'client_secret': ''}}).encode())), 'the "oauth2" of treehub.json has no client_secret, or it is empty')

# ---- What is locked, or packed in a way of its own
ENCRYPTED = 'treehub.json in the ZIP archive is encrypted' + UNPACK
save('encrypted.zip', 'encrypted', changed(plain, (FLAGS, '<H', 1)), ENCRYPTED)
save('encrypted-strongly.zip', 'with strong encryption', changed(plain, (FLAGS, '<H', 0x41)), ENCRYPTED)
save('encrypted-aes.zip', "with WinZip's AES", changed(plain, (FLAGS, '<H', 1), (METHOD, '<H', 99)), ENCRYPTED)
save('bzip2.zip', 'bzip2', pack(usual(), zipfile.ZIP_BZIP2), 'treehub.json in the ZIP archive is compressed by method 12, which is not supported' + UNPACK)
save('lzma.zip', 'LZMA', pack(usual(), zipfile.ZIP_LZMA), 'treehub.json in the ZIP archive is compressed by method 14, which is not supported' + UNPACK)

# ---- What is cut off or damaged
end = plain.index(b'PK\x05\x06')
save('cut-1.zip', 'cut off in an entry', plain[:100], CUT_OFF)
save('cut-2.zip', 'cut off in the directory', plain[:end - 30], CUT_OFF)
save('cut-3.zip', 'the last byte is missing', plain[:-1], BROKEN)
save('cut-4.zip', 'a part of treehub.json is missing', plain[:data(plain) + 10] + plain[data(plain) + 60:], DAMAGED)
count = bytearray(plain)
struct.pack_into('<H', count, end + 10, 12)
save('count.zip', 'the directory has fewer entries than it says', count, BROKEN)
flipped = bytearray(plain)
flipped[data(flipped) + 40] ^= 0x10
save('flipped.zip', 'one bit is another', flipped, DAMAGED)
save('checksum.zip', 'another checksum', changed(plain, (CRC, '<I', 0x12345678)), DAMAGED)
save('checksum-0.zip', 'a checksum of 0', changed(plain, (CRC, '<I', 0)), DAMAGED)
save('shorter.zip', 'shorter than the archive says', changed(plain, (SIZE, '<I', len(TREEHUB) + 1)), DAMAGED)
save('compressed-shorter.zip', 'its data are cut off', changed(plain, (COMPRESSED, '<I', 60)), DAMAGED)
save('no-data.zip', 'no data at all', changed(plain, (COMPRESSED, '<I', 0)), DAMAGED)
save('stored-longer.zip', 'stored, and longer than the archive says', changed(pack(usual(), zipfile.ZIP_STORED), (SIZE, '<I', 10)), DAMAGED)
elsewhere = changed(plain, (OFFSET, '<I', 3))
save('elsewhere.zip', 'the directory leads to no entry', elsewhere, DAMAGED)
save('outside.zip', 'the directory leads out of the file', changed(plain, (OFFSET, '<I', 0x7fffffff)), DAMAGED)
short = bytearray(as_zip64(usual()))
struct.pack_into('<H', short, central(short) + 46 + len(NAME) + 5 + 2, 8)
save('zip64-short.zip', 'zip64 without its numbers', short, BROKEN)

# ---- Bombs
zeros = json.dumps({'oauth2': OAUTH2, 'x': 'A' * 900_000}).encode()
save('bomb-declared.zip', '50 MB in 50 KB', pack([(NAME, b'A' * 50_000_000)]), 'treehub.json in the ZIP archive is larger than 1 MiB, so it is none')
save('bomb-ratio.zip', 'less than 1 MiB, compressed a thousand times', pack([(NAME, zeros)]), 'treehub.json in the ZIP archive is compressed more than 100 times, as in an archive bomb')
save('bomb-undeclared.zip', '50 MB that say they are 600 bytes', changed(pack([(NAME, b'A' * 50_000_000)]), (SIZE, '<I', 600)), DAMAGED)
save('bomb-zip64.zip', 'more bytes than there are numbers', changed(as_zip64([(NAME, TREEHUB)]), (46 + len(NAME) + 9, '<Q', 2**63 + 7)), 'treehub.json in the ZIP archive is larger than 1 MiB, so it is none')

with open(os.path.join(HERE, 'archives.json'), 'w') as file:
    json.dump({'source': "zipfile of Python, by generate.py", 'archives': archives}, file, indent=1, ensure_ascii=False)
    file.write('\n')
print(f'{len(archives)} archives', file=sys.stderr)

"""Reads a Protobase directory, and appends to it, by nothing but docs/format.md and a MessagePack library.

    read_store.py read STORE SET            prints the set's objects as JSON
    read_store.py append STORE SET OBJECT   commits an object (JSON) to a top-level set, prints its offset

Everything that has a checksum is checked. What is read: the marker, the head, checkpoints, the log, object files.
"""

import fcntl
import json
import os
import struct
import sys
from datetime import datetime, timedelta, timezone

import msgpack

try:
    from crc32c import crc32c
except ImportError:  # slower, and the same

    def _table():
        for n in range(256):
            for _ in range(8):
                n = n >> 1 ^ (0x82F63B78 if n & 1 else 0)
            yield n

    TABLE = list(_table())

    def crc32c(data, value=0):
        value ^= 0xFFFFFFFF
        for byte in data:
            value = TABLE[(value ^ byte) & 255] ^ value >> 8
        return value ^ 0xFFFFFFFF


def checksum(*parts):
    """The crc32c of bytes and of numbers, which are fed as eight bytes."""
    value = 0
    for part in parts:
        value = crc32c(struct.pack("<Q", part) if isinstance(part, int) else bytes(part), value)
    return value


def check(condition, what):
    if not condition:
        raise SystemExit(f"damaged: {what}")


def read_file(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read()


# --- containers -------------------------------------------------------------------------------------------------------------------


def read_container(path, kind):
    """The sections of a container by name, every block checked."""
    data = read_file(path)
    bound = lambda position, part: checksum(kind, position, part)
    u32 = lambda position: struct.unpack_from("<I", data, position)[0]
    u64 = lambda position: struct.unpack_from("<Q", data, position)[0]
    check(data[:8] == b"\x89PBASE\r\n" and u32(8) == 1 and data[16:24] == kind, f"{path}: header")
    check(u32(60) == bound(0, data[:60]), f"{path}: header checksum")
    end = len(data) - 64
    check(data[end : end + 8] == b"PBASEEND" and u64(end + 16) == len(data), f"{path}: trailer")
    check(u32(end + 60) == bound(end, data[end : end + 60]), f"{path}: trailer checksum")
    at = u64(end + 8)
    check(u32(end + 24) == bound(at, data[at:end]), f"{path}: directory checksum")
    table, entries = u64(at), u64(at + 8)
    at += 16
    table_blocks = -(-entries // 1024)
    table_sums = [u32(at + 4 * n) for n in range(table_blocks)]
    at += 4 * table_blocks
    count = u32(at)
    at += 4
    sections = []
    for _ in range(count):
        length = struct.unpack_from("<H", data, at)[0]
        name = data[at + 2 : at + 2 + length].decode()
        at += 2 + length
        sections.append((name, u64(at), u64(at + 8)))
        at += 16

    def blocks(position, length):
        padded = -(-length // 64) * 64
        for start in range(0, length, 4096):
            yield position + start, data[position + start : position + min(start + 4096, padded)]

    for (position, block), known in zip(blocks(table, entries * 4), table_sums, strict=True):
        check(bound(position, block) == known, f"{path}: checksum table at {position}")
    sums = iter(struct.unpack_from(f"<{entries}I", data, table))
    for name, position, length in sections:
        for place, block in blocks(position, length):
            check(bound(place, block) == next(sums), f"{path}: section {name} at {place}")
    return {name: data[position : position + length] for name, position, length in sections}


# --- marker, head, log ------------------------------------------------------------------------------------------------------------


def read_marker(store):
    first, second = read_file(store, "protobase.format").split(b"\n")[:2]
    check(second == b"crc32c %08x" % checksum(first + b"\n"), "protobase.format")
    words = first.split()
    check(words[:3] == [b"protobase", b"format", b"1"], "a newer format")
    return words[words.index(b"writers") + 1]


def read_head(store):
    """State, log number, position, sequence, count."""
    data = read_file(store, "head")
    heads = []
    for slot in (0, 1):
        part = data[512 * slot : 512 * slot + 512]
        if len(part) == 512 and part[:8] == b"PBHEAD\r\n" and struct.unpack("<I", part[508:])[0] == checksum(512 * slot, part[:508]):
            heads.append(struct.unpack("<IQQQQ", part[12:48]))
    check(heads, "head")
    return max(heads, key=lambda head: head[4])


def encode_head(state, log, position, sequence, count):
    slot = struct.pack("<8sIIQQQQ", b"PBHEAD\r\n", 1, state, log, position, sequence, count).ljust(508, b"\0")
    return slot + struct.pack("<I", checksum(count % 2 * 512, slot))


def log_name(number):
    return f"log-{number:016x}"


def read_log_header(store, number):
    data = read_file(store, log_name(number))
    check(data[:8] == b"PBLOG\0\r\n" and struct.unpack("<I", data[60:64])[0] == checksum(number, data[:60]), log_name(number))
    log_id, found, after, previous, end = struct.unpack("<QQQQQ", data[16:56])
    check(found == number, log_name(number))
    return data, log_id, after, previous, end


def read_frames(store, head, covered):
    """Every frame after the sequence covered: sequence, lease first, lease count, operations."""
    _, number, end, last, _ = head
    pieces = []
    while True:
        data, log_id, after, previous, previous_end = read_log_header(store, number)
        pieces.append((number, data, log_id, after, end))
        if after <= covered:
            break
        number, end = previous, previous_end
    frames = []
    for number, data, log_id, sequence, end in reversed(pieces):
        position = 64
        while position < end:
            sequence += 1
            header = data[position : position + 64]
            check(header[:8] == b"\xf4PBFRM\r\n", f"{log_name(number)} at {position}")
            version, count, found_id, found, first, leased, _, length, known = struct.unpack("<IIQQQQQII", header[8:])
            check(version == 1 and found_id == log_id and found == sequence, f"{log_name(number)} at {position}")
            check(known == checksum(log_id, sequence, position, header[:60]), f"{log_name(number)} at {position}")
            payload = data[position + 64 : position + 64 + length]
            known = struct.unpack_from("<I", data, position + 64 + length)[0]
            check(known == checksum(log_id, sequence, position, payload), f"{log_name(number)} at {position}")
            transactions = list(stream(payload))
            check(len(transactions) == count, f"{log_name(number)} at {position}")
            if sequence > covered:
                frames.append((sequence, first, leased, [operation for operations in transactions for operation in operations]))
            position += length + 68
        check(position == end, f"{log_name(number)} ends at {position}")
    check(last <= covered or [frame[0] for frame in frames] == list(range(covered + 1, last + 1)), "frames are missing")
    return frames


def stream(data):
    unpacker = msgpack.Unpacker(strict_map_key=False)
    unpacker.feed(data)
    return unpacker


# --- checkpoints ------------------------------------------------------------------------------------------------------------------


def read_roaring(data):
    """The numbers in a bitmap in the portable Roaring format."""
    cookie = struct.unpack_from("<I", data)[0]
    if cookie & 0xFFFF == 12347:
        count = (cookie >> 16) + 1
        runs = data[4 : 4 + (count + 7) // 8]
        at = 4 + len(runs)
        has_offsets = count >= 4
    else:
        check(cookie == 12346, "roaring cookie")
        count = struct.unpack_from("<I", data, 4)[0]
        runs, at, has_offsets = bytes(-(-count // 8)), 8, True
    keys = [struct.unpack_from("<HH", data, at + 4 * n) for n in range(count)]
    at += 4 * count + (4 * count if has_offsets else 0)
    numbers = set()
    for n, (key, cardinality) in enumerate(keys):
        base, cardinality = key << 16, cardinality + 1
        if runs[n // 8] >> n % 8 & 1:
            run_count = struct.unpack_from("<H", data, at)[0]
            for run in range(run_count):
                start, length = struct.unpack_from("<HH", data, at + 2 + 4 * run)
                numbers.update(range(base + start, base + start + length + 1))
            at += 2 + 4 * run_count
        elif cardinality <= 4096:
            numbers.update(base + low for low in struct.unpack_from(f"<{cardinality}H", data, at))
            at += 2 * cardinality
        else:
            numbers.update(base + low for low in range(65536) if data[at + low // 8] >> low % 8 & 1)
            at += 8192
    return numbers


def read_checkpoint(store):
    """Sequence covered, sequence listed, first offset never leased, declarations by family, entries and dead slots by segment."""
    names = [name.split("-")[1:] for name in os.listdir(store) if name.startswith("checkpoint-") and ".tmp-" not in name]
    if not names:
        return 0, 0, 1, {}, {}
    covered, listed = max(names)
    path = os.path.join(store, f"checkpoint-{covered}-{listed}")
    covers, lists, next_offset, families, segments = msgpack.unpackb(read_container(path, b"PBCHKPNT")["checkpoint"])
    check((covers, lists) == (int(covered, 16), int(listed, 16)), path)
    declarations = {family: msgpack.unpackb(declaration) for family, declaration in families}
    return covers, lists, next_offset, declarations, {entry[0]: (entry, read_roaring(dead)) for entry, dead in segments}


# --- objects ----------------------------------------------------------------------------------------------------------------------


def unpack_lz4(data, length):
    """One LZ4 block."""
    out, at = bytearray(), 0

    def more(count):
        nonlocal at
        if count == 15:
            while data[at] == 255:
                count, at = count + 255, at + 1
            count, at = count + data[at], at + 1
        return count

    while at < len(data):
        token, at = data[at], at + 1
        literals = more(token >> 4)
        out += data[at : at + literals]
        at += literals
        if at == len(data):
            break
        back = struct.unpack_from("<H", data, at)[0]
        at += 2
        for _ in range(more(token & 15) + 4):
            out.append(out[-back])
    check(len(out) == length, "an LZ4 block")
    return bytes(out)


def read_bodies(sections):
    if "objects" in sections:
        return sections["objects"]
    marks = struct.unpack(f"<{len(sections['blocks']) // 8}Q", sections["blocks"])
    pairs = list(zip(marks[::2], marks[1::2]))
    return b"".join(
        unpack_lz4(sections["objects lz4"][start:end], raw_end - raw)
        for (raw, start), (raw_end, end) in zip(pairs, pairs[1:])
    )


# Bits of a component by its type, and the types by their numbers in extension 7.
BITS = {"": 32, "f16": 16, "bf16": 16, "i8": 8, "binary": 1}
ELEMENTS = {"f16": 1, "bf16": 2, "i8": 3, "binary": 4}


def read_segment(store, entry, dead):
    """Offset, owner and object of every slot that is alive."""
    _, _, _, slots, name, _ = entry
    sections = read_container(os.path.join(store, "blobs", name), b"PBOBJECT")
    numbers = lambda section: struct.unpack(f"<{len(sections[section]) // 8}Q", sections[section])
    positions, offsets = numbers("positions"), numbers("offsets")
    owners = numbers("owners") if "owners" in sections else [None] * slots
    check(len(offsets) == slots and len(positions) == slots + 1, name)
    columns = {}
    for section, data in sections.items():
        if section.startswith("vectors "):
            _, column, of, _ = section.split(" ", 3)
            dimension, _, element = of.partition(":")
            columns[int(column)] = (int(dimension), element, data)

    def vector(slot):
        def of(code, data):
            if code != 6:
                return msgpack.ExtType(code, data)
            dimension, element, vectors = columns[struct.unpack("<I", data)[0]]
            length = -(-dimension * BITS[element] // 8)
            components = vectors[length * slot : length * (slot + 1)]
            if not element:
                return msgpack.ExtType(1, components)
            unused = 8 * length - dimension * BITS[element]
            return msgpack.ExtType(7, bytes([ELEMENTS[element], unused]) + components)

        return of

    bodies = read_bodies(sections)
    for slot in range(slots):
        if slot not in dead:
            data = bodies[positions[slot] : positions[slot + 1]]
            yield offsets[slot], owners[slot], msgpack.unpackb(data, ext_hook=vector(slot))


class Store:
    """Everything as of the head."""

    def __init__(self, store):
        self.store, self.writers, self.head = store, read_marker(store), read_head(store)
        covered, listed, self.next_offset, self.declarations, segments = read_checkpoint(store)
        said = {}  # by (family, offset): (sequence, whether a segment says so), owner, object or None
        for sequence, first, leased, operations in read_frames(store, self.head, covered):
            self.next_offset = max(self.next_offset, first + leased)
            for operation in operations:
                code, rest = operation[0], operation[1:]
                if code == 0:
                    family, offset, owner, data = rest
                    said[family, offset] = ((sequence, False), owner, msgpack.unpackb(data))
                elif code == 1:
                    said[tuple(rest)] = ((sequence, False), None, None)
                elif code == 2:
                    self.declarations[rest[0]] = msgpack.unpackb(rest[1])
                elif code == 3 and sequence > listed:
                    added, removed = rest
                    if all(segment in segments for segment in removed):
                        for segment in removed:
                            del segments[segment]
                        for entry in added:
                            segments[entry[0]] = (entry, segments.get(entry[0], (None, set()))[1])
        for entry, dead in segments.values():
            if entry[3] > 0:
                for offset, owner, value in read_segment(store, entry, dead):
                    new = ((entry[2], True), owner, value)
                    if said.get((entry[1], offset), ((0, False),))[0] < new[0]:
                        said[entry[1], offset] = new
        self.objects = {place: (owner, value) for place, (_, owner, value) in said.items() if value is not None}

    def family(self, name):
        found = [family for family, declaration in self.declarations.items() if declaration["name"] == name]
        check(found, f"there is no set {name}")
        return found[0]

    def set(self, name):
        family = self.family(name)
        found = [(owner or 0, offset, value) for (of, offset), (owner, value) in self.objects.items() if of == family]
        return [value for _, _, value in sorted(found, key=lambda object: object[:2])]

    def append(self, name, value):
        """Commits one object as docs/format.md says under "To append". Returns its offset."""
        check(self.writers == b"1", "another protocol of writers")
        family, offset = self.family(name), self.next_offset
        check(self.declarations[family]["parent"] is None, f"{name} is a nested family")
        with open(os.path.join(self.store, "lock"), "a+b") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            state, number, position, sequence, count = read_head(self.store)
            check(sequence == self.head[3], "somebody else was faster: read again")
            check(state != 2, "a sync has failed: open the database first")
            data, log_id, _, _, _ = read_log_header(self.store, number)
            check(not any(data[position:]), "something is past the head: open the database first")
            with open(os.path.join(self.store, "head"), "r+b") as head:

                def write_head(state, position, sequence, sync):
                    nonlocal count
                    count += 1
                    head.seek(count % 2 * 512)
                    head.write(encode_head(state, number, position, sequence, count))
                    head.flush()
                    if sync:
                        os.fdatasync(head.fileno())

                if state == 1:
                    write_head(0, position, sequence, True)
                payload = msgpack.packb([[0, family, offset, None, msgpack.packb(value)]])
                header = b"\xf4PBFRM\r\n" + struct.pack("<IIQQQQQI", 1, 1, log_id, sequence + 1, offset, 1, position, len(payload))
                header += struct.pack("<I", checksum(log_id, sequence + 1, position, header))
                frame = header + payload + struct.pack("<I", checksum(log_id, sequence + 1, position, payload))
                with open(os.path.join(self.store, log_name(number)), "r+b") as log:
                    needed = position + len(frame) + 64
                    if len(data) < needed:
                        log.seek(len(data))
                        log.write(bytes(-(-needed // (1 << 20)) * (1 << 20) - len(data)))
                        log.flush()
                        os.fdatasync(log.fileno())
                    log.seek(position)
                    log.write(frame)
                    log.flush()
                    os.fdatasync(log.fileno())
                write_head(0, position + len(frame), sequence + 1, True)
        return offset


# --- JSON -------------------------------------------------------------------------------------------------------------------------


def pack_f32(number):
    return struct.pack("<f", number)


def pack_f16(number):
    return struct.pack("<e", number)


def pack_bf16(number):
    """The upper half of an f32, rounded to the nearest, ties to even."""
    whole = struct.unpack("<I", struct.pack("<f", number))[0]
    return struct.pack("<H", whole + 0x7FFF + (whole >> 16 & 1) >> 16)


def shortest(component, pack):
    packed = pack(component)
    texts = (f"{component:.{digits}g}" for digits in range(1, 10))
    return next(float(text) for text in texts if pack(float(text)) == packed)


def components_to_json(element, unused, data):
    if element == 1:
        return [shortest(component, pack_f16) for component in struct.unpack(f"<{len(data) // 2}e", data)]
    if element == 2:
        upper = struct.unpack(f"<{len(data) // 2}H", data)
        return [shortest(struct.unpack("<f", struct.pack("<I", half << 16))[0], pack_bf16) for half in upper]
    if element == 3:
        return list(struct.unpack(f"<{len(data)}b", data))
    check(element == 4, f"element type {element}")
    return [data[bit // 8] >> 7 - bit % 8 & 1 for bit in range(8 * len(data) - unused)]


def read_wkb(data, at=0):
    """A shape as GeoJSON, and where it ends."""
    check(data[at] == 1, "WKB is little-endian")
    kind = struct.unpack_from("<I", data, at + 1)[0]
    at += 5

    def points(at):
        count = struct.unpack_from("<I", data, at)[0]
        flat = struct.unpack_from(f"<{2 * count}d", data, at + 4)
        return [list(flat[n : n + 2]) for n in range(0, 2 * count, 2)], at + 4 + 16 * count

    def rings(at):
        count, at = struct.unpack_from("<I", data, at)[0], at + 4
        found = []
        for _ in range(count):
            ring, at = points(at)
            found.append(ring)
        return found, at

    if kind == 1:
        return {"type": "Point", "coordinates": list(struct.unpack_from("<2d", data, at))}, at + 16
    if kind in (2, 3):
        coordinates, at = points(at) if kind == 2 else rings(at)
        return {"type": "LineString" if kind == 2 else "Polygon", "coordinates": coordinates}, at
    check(kind in (4, 5, 6, 7), f"a shape of kind {kind}")
    count, at = struct.unpack_from("<I", data, at)[0], at + 4
    shapes = []
    for _ in range(count):
        shape, at = read_wkb(data, at)
        shapes.append(shape)
    if kind == 7:
        return {"type": "GeometryCollection", "geometries": shapes}, at
    name = {4: "MultiPoint", 5: "MultiLineString", 6: "MultiPolygon"}[kind]
    return {"type": name, "coordinates": [shape["coordinates"] for shape in shapes]}, at


def to_json(value):
    if isinstance(value, dict):
        return {name: to_json(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [to_json(inner) for inner in value]
    if isinstance(value, bytes):
        return {"$bytes": value.hex()}
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return {"$float": "NaN" if value != value else "inf" if value > 0 else "-inf"}
    if isinstance(value, msgpack.ExtType):
        return extension_to_json(value.code, value.data)
    return value


def extension_to_json(code, data):
    if code == 1:
        return [shortest(component, pack_f32) for component in struct.unpack(f"<{len(data) // 4}f", data)]
    if code == 2:
        return read_wkb(data)[0]
    if code == 3:
        moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=struct.unpack("<q", data)[0])
        text = moment.strftime("%Y-%m-%dT%H:%M:%S")
        return text + (f".{moment.microsecond:06}".rstrip("0") if moment.microsecond else "") + "Z"
    if code == 4:
        return {"$ref": list(struct.unpack("<IQ", data))}
    if code == 7:
        return components_to_json(data[0], data[1], data[2:])
    check(code == 5, f"extension {code}")
    return {"$nested": True}


def main(arguments):
    command, store, name = arguments[:3]
    if command == "read":
        print(json.dumps([to_json(value) for value in Store(store).set(name)], ensure_ascii=False))
    elif command == "append":
        print(Store(store).append(name, json.loads(arguments[3])))
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    if len(sys.argv) < 4:
        raise SystemExit(__doc__)
    main(sys.argv[1:])

import type { Finding, Steps } from '../core/checklist.js';
import type { Declared, Exporter, ExportSource, OpenExport } from '../exporters/exporter.js';
import { formatContradicts } from './check-format.js';
import { compareWithDeclared, Meter } from './meter.js';
import { formatOf } from './object-name.js';

/** What is tried of an export, in this order. */
export type ExportCheck = 'headers' | 'first-bytes' | 'checksum';

/** More of an export than this is not read for a test. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Asks for an export and reads it as far as a test goes; the rest is let go, and the app is told. Never rejects. */
export async function tryExport(
  exporter: Exporter,
  source: ExportSource,
  checklist: Steps<ExportCheck>,
  signal: AbortSignal,
): Promise<void> {
  const opened = await open(exporter, source, checklist, signal);
  if (opened === null) {
    checklist.skip('first-bytes');
    checklist.skip('checksum');
    return;
  }
  const meter = new Meter([]);
  const chunks = (opened.bytes as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  let isWhole = false;
  try {
    await checklist.next('first-bytes', async () => {
      isWhole = !(await readOne(chunks, meter));
      return firstBytes(opened.early, meter.head());
    });
    await checklist.next('checksum', async () => {
      while (!isWhole && meter.size < MOST_BYTES) isWhole = !(await readOne(chunks, meter));
      if (isWhole) return judge(opened.declared(), meter, source.settings.minSizeBytes.value);
      return `the first ${meter.size} bytes are there; the sum of so large an export is for a real run`;
    });
  } finally {
    meter.close();
    opened.bytes.destroy();
  }
}

async function open(
  exporter: Exporter,
  source: ExportSource,
  checklist: Steps<ExportCheck>,
  signal: AbortSignal,
): Promise<OpenExport | null> {
  const got: { opened: OpenExport | null; isWorking: boolean } = { opened: null, isWorking: false };
  const working = (): Promise<void> => {
    got.isWorking = true;
    return Promise.resolve();
  };
  await checklist.next('headers', async () => {
    try {
      got.opened = await exporter.open(source, { note: () => undefined, working }, signal);
    } catch (error) {
      if (!got.isWorking || !signal.aborted) throw error;
      return { warning: 'the app still works on the export (202); a test does not wait longer for it' };
    }
    return headersOf(got.opened.early);
  });
  return got.opened;
}

/** @returns whether there was something to read */
async function readOne(chunks: AsyncIterator<Buffer>, meter: Meter): Promise<boolean> {
  const next = await chunks.next();
  if (next.done !== true) await meter.update(next.value);
  return next.done !== true;
}

function headersOf(declared: Declared): Finding {
  const { sizeBytes, sha256 } = declared;
  const text = [
    formatOf(declared),
    sizeBytes === undefined ? 'no size' : `${sizeBytes} bytes`,
    sha256 === undefined ? 'no checksum' : `sha256 ${sha256}`,
  ].join(', ');
  return sizeBytes === undefined && sha256 === undefined ? { warning: text } : text;
}

function firstBytes(declared: Declared, head: Buffer): Finding {
  const format = formatOf(declared);
  if (formatContradicts(format, head)) return { warning: `these are not the first bytes of ${format}` };
  return head.length === 0 ? 'none' : `${head.subarray(0, 8).toString('hex')}…`;
}

async function judge(declared: Declared, meter: Meter, minSizeBytes: number | null): Promise<Finding> {
  const sent = await meter.result();
  compareWithDeclared(sent, declared, minSizeBytes);
  const text = `${sent.sizeBytes} bytes, sha256 ${sent.hashes.sha256}`;
  if (declared.sha256 !== undefined) return `${text}, as declared`;
  return { warning: `${text}; the app declared none to compare with` };
}

import { randomUUID } from 'node:crypto';
import { asFailure } from '../core/failure.js';
import type { RunWarning } from '../core/warning-texts.js';
import type { Sent } from '../destinations/destination.js';
import type { OpenExport } from '../exporters/exporter.js';
import type { BackupIo, BackupOrder, CopyResult, RunReport } from './backup-order.js';
import { formatContradicts } from './check-format.js';
import { backupRow, commitCopy } from './commit-copy.js';
import type { CommitOrder } from './commit-copy.js';
import { eachAlive, giveUp, throwIfNoneLeft } from './copy-under-way.js';
import type { CopyUnderWay, Note } from './copy-under-way.js';
import { compareWithDeclared } from './meter.js';
import { formatOf } from './object-name.js';
import { lastSize, nameCopies, prepare } from './prepare-copies.js';
import { pruneCopies } from './prune-copies.js';
import { sendToAll } from './send-to-all.js';

/**
 * The whole story of one run: prepare → export → upload → verify → commit → record → prune.
 * A destination that fails falls out and the others go on; a source that fails ends everything.
 * @throws BackupFailure when nothing was stored
 */
export async function runBackup(order: BackupOrder, io: BackupIo, signal: AbortSignal): Promise<RunReport> {
  const { targets, refused } = await io.step('prepare', (note) => prepareOrDrop(order, io, note, signal));
  const opened = await io.step('export', (note) =>
    io.exporter.open(order.source, { note, working: (path) => io.working(path) }, signal),
  );
  const copies = await nameCopies(order, io, targets, opened);
  await io.plan(
    [...copies.map((copy) => copy.planned), ...refused.map((copy) => copy.planned)],
    opened.estimatedBytes ?? (await lastSize(order, io)),
  );
  io.reached('planned');

  const { sent, head } = await io.step('upload', (note) =>
    upload(opened, copies, order.minSizeBytes, io, note, signal),
  );
  const commit = commitOrderOf(order, opened);
  await io.counted(sent, commit.declared);
  io.reached('counted');

  const stored = await io.step('verify', (note) => verifyAll(copies, commit, sent, io, note, signal));
  await io.step('commit', (note) => commitAll(stored, commit, io, note));
  const results = await io.step('record', () => recordAll(copies, stored, order, io));
  io.reached('recorded');

  // The new backup is safe now: what pruning meets is a warning of the run, never its failure.
  const pruned = await io.step('prune', (note) => pruneAll(results, copies, order, io, note));
  io.reached('pruned');
  return {
    copies: [...results, ...refused],
    sizeBytes: sent.sizeBytes,
    warnings: [...missingLinks(commit, head), ...pruned],
  };
}

/** What the app works on for this run is not left to it when the run ends before it is asked. */
async function prepareOrDrop(
  order: BackupOrder,
  io: BackupIo,
  note: Note,
  signal: AbortSignal,
): ReturnType<typeof prepare> {
  try {
    return await prepare(order, io, note, signal);
  } catch (error) {
    if (signal.reason !== 'shutdown') await io.exporter.drop(order.source);
    throw error;
  }
}

async function upload(
  opened: OpenExport,
  copies: CopyUnderWay[],
  minSizeBytes: number | null,
  io: BackupIo,
  note: Note,
  signal: AbortSignal,
): Promise<{ sent: Sent; head: Buffer }> {
  let begun = false;
  const onBytes = (count: number): void => {
    io.onBytes(count);
    if (!begun) io.reached('streaming');
    begun = true;
  };
  const check = (sent: Sent): void => compareWithDeclared(sent, opened.declared(), minSizeBytes);
  try {
    const { sent, head, results } = await sendToAll(opened.bytes, copies, check, onBytes, signal);
    for (const { upload: copy, failure } of results) {
      if (failure !== null) await giveUp(copy, failure, note);
    }
    return { sent: afterUpload(sent, copies, io, note), head };
  } catch (error) {
    const failure = asFailure(error);
    for (const copy of copies.filter(({ failure: earlier }) => earlier === null))
      await giveUp(copy, failure, note);
    throw failure;
  }
}

function afterUpload(sent: Sent, copies: CopyUnderWay[], io: BackupIo, note: Note): Sent {
  io.reached('uploaded');
  note(`${sent.sizeBytes} bytes, sha256 ${sent.hashes.sha256}`);
  throwIfNoneLeft(copies);
  return sent;
}

interface VerifiedCopy {
  copy: CopyUnderWay;
  row: ReturnType<typeof backupRow>;
}

async function verifyAll(
  copies: CopyUnderWay[],
  order: CommitOrder,
  sent: Sent,
  io: BackupIo,
  note: Note,
  signal: AbortSignal,
): Promise<VerifiedCopy[]> {
  const verified: VerifiedCopy[] = [];
  await eachAlive(copies, note, async (copy) => {
    const proof = await copy.destination.verify(copy.key, sent, signal);
    verified.push({ copy, row: backupRow(randomUUID(), order, copy.planned, sent, proof) });
    const shown = proof.reported === null ? '' : `, ${proof.reported.name} ${proof.reported.value}`;
    note(`${copy.destination.name}: ${proof.level}, ${proof.sizeBytes} bytes${shown}`);
  });
  io.reached('verified');
  throwIfNoneLeft(copies);
  return verified;
}

async function commitAll(
  stored: VerifiedCopy[],
  order: CommitOrder,
  io: BackupIo,
  note: Note,
): Promise<void> {
  const rows = new Map(stored.map(({ copy, row }) => [copy, row]));
  await eachAlive([...rows.keys()], note, async (copy) => {
    const row = rows.get(copy);
    if (row === undefined) return;
    await commitCopy(copy.destination, copy.planned, row, order, (point) => io.reached(point));
    note(`${copy.destination.name}: ${copy.planned.key}`);
  });
  throwIfNoneLeft([...rows.keys()]);
}

async function recordAll(
  copies: CopyUnderWay[],
  stored: VerifiedCopy[],
  order: BackupOrder,
  io: BackupIo,
): Promise<CopyResult[]> {
  const results: CopyResult[] = [];
  for (const copy of copies) {
    const row = copy.failure === null ? stored.find((candidate) => candidate.copy === copy)?.row : undefined;
    const backup = row === undefined ? null : await io.catalog.record(row, order.sizeChangePercent);
    if (backup !== null) copy.planned.outcome = 'stored';
    results.push({ planned: copy.planned, backup, failure: copy.failure });
  }
  return results;
}

async function pruneAll(
  results: CopyResult[],
  copies: CopyUnderWay[],
  order: BackupOrder,
  io: BackupIo,
  note: Note,
): Promise<RunWarning[]> {
  const warnings: RunWarning[] = [];
  io.reached('pruning');
  if (io.clockMoved()) return [{ code: 'clock-moved', detail: '' }];
  for (const { destination, planned } of copies) {
    const newest = results.find((result) => result.planned === planned)?.backup ?? null;
    if (newest?.state === 'suspicious') warnings.push({ code: 'size-unusual', detail: newest.objectKey });
    else if (newest !== null) warnings.push(...(await pruneCopies(destination, newest, order, io, note)));
  }
  return warnings;
}

function commitOrderOf(order: BackupOrder, opened: OpenExport): CommitOrder {
  const declared = opened.declared();
  return {
    runId: order.runId,
    appId: order.appId,
    app: order.app,
    at: order.at,
    format: formatOf(declared),
    agentVersion: order.agentVersion,
    declared,
  };
}

function missingLinks({ declared, format }: CommitOrder, head: Buffer): RunWarning[] {
  const warnings: RunWarning[] = [];
  if (declared.sha256 === undefined) warnings.push({ code: 'no-checksum', detail: '' });
  if (declared.sizeBytes === undefined) warnings.push({ code: 'no-size', detail: '' });
  if (formatContradicts(format, head)) warnings.push({ code: 'format-contradicts', detail: format });
  return warnings;
}

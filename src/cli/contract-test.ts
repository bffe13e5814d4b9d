import type { IncomingMessage } from 'node:http';
import { formatContradicts } from '../backups/check-format.js';
import { compareWithDeclared } from '../backups/meter.js';
import { formatOf } from '../backups/object-name.js';
import { Checklist } from '../core/checklist.js';
import type { Check, Finding } from '../core/checklist.js';
import type { Clock } from '../core/clock.js';
import { BackupFailure } from '../core/failure.js';
import type { AppCaller } from '../exporters/app-caller.js';
import { abandonJob, acceptedJob, waitForJob } from '../exporters/async-job.js';
import type { AppJob } from '../exporters/async-job.js';
import { askCapabilities } from '../exporters/capabilities.js';
import { declaredBy } from '../exporters/declared.js';
import { refuseHopeless } from '../exporters/export-body.js';
import type { Declared } from '../exporters/exporter.js';
import { expectStatus, readJson } from '../exporters/http-call.js';
import { callerFor } from './contract-caller.js';
import { findingText } from './contract-texts.js';
import type { ContractCheck, FindingKey, Lang } from './contract-texts.js';
import { readExport, tailOf } from './read-export.js';
import type { WholeExport } from './read-export.js';

export interface ContractOrder {
  /** Base address, without `/backup/…`. */
  url: string;
  token: string | null;
  lang: Lang;
  /** Longest wait for an answer and longest silence, in milliseconds. */
  idleMs: number;
  /** No more of an export is read. */
  mostBytes: number;
}

const WRONG_TOKEN = 'not-the-token-of-this-app';
const silent = { note: () => undefined, working: () => Promise.resolve() };

/** Tries an app against docs/contract.md, as the agent would meet it. Never rejects. */
export async function contractTest(
  order: ContractOrder,
  clock: Clock,
  signal: AbortSignal,
): Promise<Check<ContractCheck>[]> {
  return new ContractTrial(order, clock, signal).all();
}

class ContractTrial {
  private readonly list: Checklist<ContractCheck>;
  private readonly caller: AppCaller;
  private refusal: unknown = undefined;
  private response: IncomingMessage | null = null;
  private job: AppJob | null = null;
  private downloadPath: string | null = null;
  private declared: Declared = {};
  private whole: WholeExport | null = null;

  constructor(
    private readonly order: ContractOrder,
    private readonly clock: Clock,
    private readonly signal: AbortSignal,
  ) {
    this.list = new Checklist(clock);
    this.caller = callerFor(order, order.token);
  }

  async all(): Promise<Check<ContractCheck>[]> {
    await this.list.next('connect', () => this.connect());
    await this.list.next('capabilities', () => this.capabilities());
    if (!this.list.hasFailed) {
      await this.list.always('token-required', '', () => this.refused(null));
      await this.list.always('token-wrong', '', () => this.refused(WRONG_TOKEN));
      await this.list.always('error-json', '', () => Promise.resolve(this.errorJson()));
      await this.export();
    } else this.list.skip('export');
    return this.list.checks;
  }

  /** The rest of the checks depends on the export, not on how the app treats strangers. */
  private async export(): Promise<void> {
    const own = new Checklist<ContractCheck>(this.clock);
    await own.next('export', () => this.ask());
    const { job } = this;
    if (job !== null) await own.next('job', () => this.waitFor(job));
    await own.next('headers', () => Promise.resolve(this.headers()));
    await own.next('body', () => this.body());
    await own.next('checksum', () => Promise.resolve(this.checksum()));
    await own.next('format', () => Promise.resolve(this.format()));
    if (this.downloadPath !== null && this.whole?.isWhole === true)
      await own.next('range', () => this.range());
    this.list.checks.push(...own.checks);
  }

  private warn(key: FindingKey, detail = ''): Finding {
    return { warning: findingText(key, this.order.lang, detail) };
  }

  private async connect(): Promise<Finding> {
    const response = await this.caller.call('GET', this.caller.endpoint('capabilities'), this.signal);
    response.destroy();
    return '';
  }

  private async capabilities(): Promise<Finding> {
    const notes: string[] = [];
    const progress = { ...silent, note: (line: string) => void notes.push(line) };
    const { answered } = await askCapabilities(this.caller, progress, this.signal);
    const detail = notes.join('; ').replace(/^capabilities: /, '');
    return answered ? detail : this.warn('no-capabilities', detail);
  }

  private async refused(token: string | null): Promise<Finding> {
    if (this.order.token === null) return this.warn('no-token');
    const stranger = callerFor(this.order, token);
    const response = await stranger.call('POST', stranger.endpoint('export'), this.signal);
    const status = response.statusCode ?? 0;
    if (status === 401 || status === 403) {
      this.refusal = await readJson(response, 'the refusal', stranger.wordsTimeoutMs).catch(() => null);
      return String(status);
    }
    if (status === 202) await abandonJob(await acceptedJob(response, stranger), stranger);
    response.destroy();
    const detail = findingText('open-to-all', this.order.lang, String(status));
    throw new BackupFailure('contract-invalid', { detail });
  }

  private errorJson(): Finding {
    if (this.refusal === undefined) return this.warn('not-refused');
    const { refusal } = this;
    const says = typeof refusal === 'object' && refusal !== null && 'error' in refusal ? refusal.error : null;
    return typeof says === 'string' && says !== '' ? says.slice(0, 200) : this.warn('no-error-json');
  }

  private async ask(): Promise<Finding> {
    const { caller, signal } = this;
    const response = await caller.call('POST', caller.endpoint('export'), signal);
    await expectStatus(response, [200, 202], caller.wordsTimeoutMs);
    if (response.statusCode === 200) this.response = response;
    else this.job = await acceptedJob(response, caller);
    return String(response.statusCode);
  }

  private async waitFor(job: AppJob): Promise<Finding> {
    const { caller, signal } = this;
    try {
      this.downloadPath = await waitForJob(job, caller, silent, this.clock, signal);
      this.response = await caller.call('GET', this.downloadPath, signal);
      await expectStatus(this.response, [200], caller.wordsTimeoutMs);
      return this.downloadPath;
    } catch (error) {
      await abandonJob(job, caller);
      throw error;
    }
  }

  private headers(): Finding {
    const headers = this.response?.headers ?? {};
    this.declared = declaredBy(headers);
    if (this.response !== null) refuseHopeless(this.response, this.declared, Number.MAX_SAFE_INTEGER);
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') return this.warn('encoded', encoding);
    const { sizeBytes, sha256, format, fileName } = this.declared;
    const willTrail = /x-checksum-sha256/i.test(headers.trailer ?? '');
    const missing = [
      ...(sizeBytes === undefined && !willTrail ? ['X-Size'] : []),
      ...(sha256 === undefined && !willTrail ? ['X-Checksum-SHA256'] : []),
      ...(format === undefined && fileName === undefined ? ['X-Format'] : []),
    ];
    return missing.length === 0 ? formatOf(this.declared) : this.warn('headers-missing', missing.join(', '));
  }

  private async body(): Promise<Finding> {
    if (this.response === null) throw new Error('there is no answer to read');
    this.whole = await readExport(this.response, this.declared, this.order, this.signal);
    this.declared = this.whole.declared;
    const { sent, isWhole } = this.whole;
    return isWhole ? `${sent.sizeBytes} bytes` : this.warn('too-large', String(sent.sizeBytes));
  }

  private checksum(): Finding {
    if (this.whole?.isWhole !== true) return this.warn('too-large', String(this.whole?.sent.sizeBytes ?? 0));
    const { sent } = this.whole;
    compareWithDeclared(sent, this.declared, null);
    const text = `sha256 ${sent.hashes.sha256}`;
    return this.declared.sha256 === undefined ? this.warn('no-checksum', text) : text;
  }

  private format(): Finding {
    const format = formatOf(this.declared);
    return formatContradicts(format, this.whole?.head ?? Buffer.alloc(0))
      ? this.warn('format-contradicts', format)
      : format;
  }

  private async range(): Promise<Finding> {
    const { downloadPath, whole, response, caller, signal } = this;
    if (downloadPath === null || whole === null || response === null) return '';
    const headers = { range: `bytes=${whole.tailFrom}-` };
    const rest = await caller.call('GET', downloadPath, signal, { headers });
    const isSure = response.headers.etag?.startsWith('W/') === false || this.declared.sha256 !== undefined;
    if (rest.statusCode !== 206 || !isSure) {
      rest.destroy();
      return this.warn('no-range', String(rest.statusCode));
    }
    if ((await tailOf(rest, this.order, signal)) === whole.tailSha256)
      return `206, from byte ${whole.tailFrom}`;
    throw new BackupFailure('contract-invalid', { detail: findingText('range-differs', this.order.lang) });
  }
}

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A command that is given pairs of texts, a line each, and prints a score for each. */
export interface CrossEncoderProcess {
  score(pairs: readonly { readonly query: string; readonly document: string }[]): Promise<number[]>;
  end(): void;
}

/** Starts the command in a shell; it ends when its input does. What it prints to stderr is passed on. */
export function crossEncoderProcess(command: string): CrossEncoderProcess {
  const child = spawn(command, { shell: true, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  let failure: Error | undefined;
  const fail = (what: string): void => {
    failure ??= new Error(`mine: --cross-encoder must print a score for each line it is given, got ${what}`);
  };
  child.on('error', (error) => fail(error.message));
  child.stdin.on('error', (error) => fail(error.message));
  const read = async (): Promise<number> => {
    const { value, done } = await lines.next();
    if (done === true) fail('its end');
    const score = done === true || value.trim() === '' ? NaN : Number(value);
    if (!Number.isFinite(score)) fail(`'${value}'`);
    if (failure !== undefined) throw failure;
    return score;
  };
  // answers come in the order of the questions, so that one batch is read after the other
  let last: Promise<unknown> = Promise.resolve();
  return {
    score(pairs) {
      child.stdin.write(pairs.map((pair) => `${JSON.stringify(pair)}\n`).join(''));
      const answers = last.then(async () => {
        const scores: number[] = [];
        for (let i = 0; i < pairs.length; i++) scores.push(await read());
        return scores;
      });
      last = answers.catch(() => {});
      return answers;
    },
    end() {
      child.stdin.end();
    },
  };
}

/** What the body gives, once what it wrote is there. */
export async function written<Piece, Result>(
  whole: (body: (write: (piece: Piece) => Promise<void>) => Promise<void>) => Promise<void>,
  body: (write: (piece: Piece) => Promise<void>) => Promise<Result>,
): Promise<Result> {
  const results: Result[] = [];
  await whole(async (write) => {
    results.push(await body(write));
  });
  return results[0];
}

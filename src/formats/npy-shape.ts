/** What a .npy file of rows holds. */
export interface NpyShape {
  readonly rows: number;
  readonly cols: number;
  readonly dtype: 'float16' | 'float32' | 'float64';
}

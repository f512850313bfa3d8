export const shareHint = '文件会存到“下载”里。'
export const shareWords = '文件好了，存下来'

export interface ReadyFile {
  name: string
  path: string
}

/** Nothing of it lies on the disk before the person saves it. */
export function sweepShared(): void {}

export function makeFile(name: string, text: string): ReadyFile {
  return { name, path: URL.createObjectURL(new Blob([text], { type: 'application/json' })) }
}

export async function shareFile({ name, path }: ReadyFile): Promise<boolean> {
  const link = document.createElement('a')
  link.href = path
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(path), 10_000)
  return true
}

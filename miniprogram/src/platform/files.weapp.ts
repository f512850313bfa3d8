/** What was recorded. */
import { folderOf, sizeAt } from './folder'

export const { keepFile, fileSize, fileUrl, dropFile, keptFiles } = folderOf('films', 'mp4')

export const sourceSize = async (source: string): Promise<number | null> =>
  source ? sizeAt(source) : null

/** A version 4 UUID. It has to be unlike any other of this patient, not unguessable. */
export function newId(): string {
  return 'xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx'.replace(/[xy]/g, (letter) => {
    const nibble = Math.floor(Math.random() * 16)
    return (letter === 'x' ? nibble : (nibble % 4) + 8).toString(16)
  })
}

import { RadioGroup } from '@/ui/radio'
import { type SizeName, sizes } from '@/ui/tokens.gen'
import { sizeWords, useTypeSize } from '@/ui/type-size'

const CHOICES = (Object.keys(sizes) as SizeName[]).map((name) => ({
  name,
  words: sizeWords[name],
  size: sizes[name].body,
}))

/** Each word is set in the size it stands for. */
export function TypeSizeChoice({ onChosen }: { onChosen?: () => void }) {
  const { size, choose } = useTypeSize()
  return (
    <RadioGroup
      label="字的大小"
      choices={CHOICES}
      chosen={size}
      onChoose={(chosen) => {
        choose(chosen)
        onChosen?.()
      }}
      testId="type-size"
    />
  )
}

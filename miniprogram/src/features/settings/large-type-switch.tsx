import { Choice } from '@/ui/choice'
import { useLargeType } from '@/ui/use-large-type'

export function LargeTypeSwitch() {
  const { large, choose } = useLargeType()
  return (
    <Choice
      label="大字"
      hint={large ? '现在是大字' : '字看不清，就点这里'}
      chosen={large}
      onTap={() => choose(!large)}
      testId="large-type"
    />
  )
}

import { View } from '@tarojs/components'
import type { Symptom, SymptomCode } from '@/api/types'
import { CallDoctor } from '@/ui/call-doctor'
import { Choice } from '@/ui/choice'
import './symptom-list.css'

interface SymptomListProps {
  symptoms: Symptom[]
  chosen: SymptomCode[]
  onToggle: (code: SymptomCode) => void
}

/** What stops a treatment stands first, where nobody has to look for it. */
export function SymptomList({ symptoms, chosen, onToggle }: SymptomListProps) {
  const choices = (severe: boolean) =>
    symptoms
      .filter((symptom) => symptom.severe === severe)
      .map((symptom) => (
        <Choice
          key={symptom.code}
          label={symptom.label}
          chosen={chosen.includes(symptom.code)}
          onTap={() => onToggle(symptom.code)}
          tone={severe ? 'danger' : 'accent'}
          testId={`symptom-${symptom.code}`}
        />
      ))
  return (
    <View>
      <View className="group-title">下面这些要紧，有就先别服药：</View>
      {choices(true)}
      <View className="card-title">还有这些，有也请点一下：</View>
      {choices(false)}
      <View className="paragraph">这里没有您的不舒服？打电话问问医生。</View>
      <CallDoctor />
    </View>
  )
}

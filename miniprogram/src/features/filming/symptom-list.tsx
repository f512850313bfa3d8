import { View } from '@tarojs/components'
import type { Symptom, SymptomCode } from '@/api/types'
import { Choice } from '@/ui/choice'
import './symptom-list.css'

interface SymptomListProps {
  symptoms: Symptom[]
  chosen: SymptomCode[]
  onToggle: (code: SymptomCode) => void
}

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
      {choices(false)}
      <View className="group-title">下面这些要紧，有就别服药：</View>
      {choices(true)}
    </View>
  )
}

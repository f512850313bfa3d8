export const hasPrivacyContract = false

export async function openPrivacyContract(): Promise<void> {}

Console.WriteLine("AlertFunctions");
